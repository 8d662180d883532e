import type { Phrases } from './phrases.ts';

export const ES: Phrases = {
  quoted: '«{title}»',
  groups: {
    recent: 'lo que ha mirado últimamente',
    seen: 'lo que ya ha hecho con este producto',
    people: 'lo que hicieron personas a las que sigue',
    brands: 'que usted sigue su marca',
    text: 'su descripción',
    picture: 'su imagen',
    video: 'su vídeo',
    itself: 'este mismo producto',
    popularity: 'cuánto gusta a los demás',
    ratings: 'lo que dicen los compradores',
    price: 'su precio',
    visitor: 'sus visitas',
    other: 'otras cosas',
  },
  because: 'Frente a los demás productos de aquí, esto cuenta a su favor: {reasons}.',
  despite: 'Esto cuenta en su contra: {reasons}.',
  average: 'Nada lo distingue de los demás productos de aquí.',
  share: '{group} ({percent})',
  order: {
    chance: 'El orden de esta lista es al azar, para que aprendamos lo que le gusta.',
    trial: 'Esta lista alterna dos formas de elegir para usted, para que aprendamos cuál es mejor.',
    popularity: 'Esta lista muestra primero aquello en lo que más clics hacen los demás.',
    relevance: 'Esta lista muestra primero lo que mejor responde a su búsqueda.',
    auction: 'Estos lugares se venden a anunciantes.',
    shop: 'La tienda ha ordenado esta lista por sí misma.',
  },
  found: {
    next: 'Suele elegirse después de lo que usted eligió.',
    seen: 'Ya lo ha mirado.',
    together: 'Otros lo eligen junto con lo que usted eligió.',
    'like:text': 'Su descripción se parece a lo que ha mirado.',
    'like:image': 'Su imagen se parece a lo que ha mirado.',
    category: 'Es de un tipo que le gusta.',
    people: 'Varias personas a las que sigue lo eligieron.',
    brands: 'Es de una marca que usted sigue.',
    popular: 'Gusta a muchos.',
    fresh: 'Es nuevo.',
    chance: 'Está aquí por azar, para que cada producto se vea alguna vez.',
    requested: 'La página lo pidió.',
    pinned: 'La tienda lo quiere aquí.',
  },
  rules: {
    pinned: 'La tienda lo ha puesto en este lugar.',
    bought: 'Está más abajo porque lo compró hace poco.',
    dismissed: 'Está más abajo porque hace poco no lo quiso.',
    clicked: 'Está más abajo porque lo miró hace poco.',
    brand: 'Está más abajo porque su marca ya aparece bastante aquí.',
    category: 'Está más abajo porque ya hay bastantes productos de su tipo aquí.',
    far: 'Está detrás de lo que encaja mejor con su búsqueda.',
    diversity: 'Su lugar se cambió para que la lista sea más variada.',
  },
  moves: {
    visits: {
      above: {
        one: 'Sin el último producto que miró, estaría por encima de {other}.',
        other: 'Sin los últimos {amount} productos que miró, estaría por encima de {other}.',
      },
      below: {
        one: 'Sin el último producto que miró, estaría por debajo de {other}.',
        other: 'Sin los últimos {amount} productos que miró, estaría por debajo de {other}.',
      },
    },
    cheaper: {
      above: { other: 'Si costara {amount} menos ({price}), estaría por encima de {other}.' },
      below: { other: 'Si costara {amount} menos ({price}), estaría por debajo de {other}.' },
    },
    dearer: {
      above: { other: 'Si costara {amount} más ({price}), estaría por encima de {other}.' },
      below: { other: 'Si costara {amount} más ({price}), estaría por debajo de {other}.' },
    },
    click: {
      above: {
        one: 'Con un clic más, estaría por encima de {other}.',
        other: 'Con {amount} clics más, estaría por encima de {other}.',
      },
      below: {
        one: 'Con un clic más, estaría por debajo de {other}.',
        other: 'Con {amount} clics más, estaría por debajo de {other}.',
      },
    },
    purchase: {
      above: {
        one: 'Si una persona más lo hubiera comprado, estaría por encima de {other}.',
        other: 'Si {amount} personas más lo hubieran comprado, estaría por encima de {other}.',
      },
      below: {
        one: 'Si una persona más lo hubiera comprado, estaría por debajo de {other}.',
        other: 'Si {amount} personas más lo hubieran comprado, estaría por debajo de {other}.',
      },
    },
    rating: {
      above: {
        one: 'Con una valoración más de cinco estrellas, estaría por encima de {other}.',
        other: 'Con {amount} valoraciones más de cinco estrellas, estaría por encima de {other}.',
      },
      below: {
        one: 'Con una valoración más de cinco estrellas, estaría por debajo de {other}.',
        other: 'Con {amount} valoraciones más de cinco estrellas, estaría por debajo de {other}.',
      },
    },
  },
  ad: 'Un anuncio: {campaign} paga {price} por él.',
};
