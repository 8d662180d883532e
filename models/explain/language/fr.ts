import type { Phrases } from './phrases.ts';

export const FR: Phrases = {
  quoted: '« {title} »',
  groups: {
    recent: 'ce que vous avez regardé récemment',
    seen: 'ce que vous avez déjà fait avec ce produit',
    people: 'ce qu’ont fait les personnes que vous suivez',
    brands: 'que vous suivez sa marque',
    text: 'sa description',
    picture: 'son image',
    video: 'sa vidéo',
    itself: 'ce produit lui-même',
    popularity: 'son succès auprès des autres',
    ratings: 'ce qu’en disent les acheteurs',
    price: 'son prix',
    visitor: 'vos visites',
    other: 'd’autres éléments',
  },
  because: 'Par rapport aux autres produits affichés, voici ce qui joue en sa faveur : {reasons}.',
  despite: 'Voici ce qui joue en sa défaveur : {reasons}.',
  average: 'Rien ne le distingue des autres produits affichés.',
  share: '{group} ({percent})',
  order: {
    chance: 'Cette liste est dans un ordre aléatoire, pour que nous apprenions ce qui vous plaît.',
    trial:
      'Cette liste alterne entre deux façons de choisir pour vous, pour que nous apprenions laquelle est la meilleure.',
    popularity: 'Cette liste montre d’abord ce sur quoi les autres cliquent le plus.',
    relevance: 'Cette liste montre d’abord ce qui répond le mieux à votre recherche.',
    auction: 'Ces places sont vendues à des annonceurs.',
    shop: 'La boutique a ordonné cette liste elle-même.',
  },
  found: {
    next: 'On le prend souvent après ce que vous avez pris.',
    seen: 'Vous l’avez déjà regardé.',
    together: 'D’autres le prennent avec ce que vous avez pris.',
    'like:text': 'Sa description ressemble à ce que vous avez regardé.',
    'like:image': 'Il ressemble en image à ce que vous avez regardé.',
    category: 'Il est d’un genre que vous aimez.',
    people: 'Plusieurs personnes que vous suivez l’ont pris.',
    brands: 'Il est d’une marque que vous suivez.',
    popular: 'Il plaît à beaucoup de monde.',
    fresh: 'Il est nouveau.',
    chance: 'Il est ici par hasard, pour que chaque produit soit vu un jour.',
    requested: 'La page l’a demandé.',
    pinned: 'La boutique le veut ici.',
  },
  rules: {
    pinned: 'La boutique l’a mis à cette place.',
    bought: 'Il est plus bas parce que vous l’avez acheté récemment.',
    dismissed: 'Il est plus bas parce que vous n’en vouliez pas récemment.',
    clicked: 'Il est plus bas parce que vous l’avez regardé récemment.',
    brand: 'Il est plus bas parce que sa marque est déjà assez présente ici.',
    category: 'Il est plus bas parce qu’il y a déjà assez de produits de ce genre ici.',
    far: 'Il est derrière ce qui correspond mieux à votre recherche.',
    diversity: 'Sa place a été changée pour que la liste soit plus variée.',
  },
  moves: {
    visits: {
      above: {
        one: 'Sans le dernier produit que vous avez regardé, il serait au-dessus de {other}.',
        other: 'Sans les {amount} derniers produits que vous avez regardés, il serait au-dessus de {other}.',
      },
      below: {
        one: 'Sans le dernier produit que vous avez regardé, il serait au-dessous de {other}.',
        other: 'Sans les {amount} derniers produits que vous avez regardés, il serait au-dessous de {other}.',
      },
    },
    cheaper: {
      above: { other: 'S’il coûtait {amount} de moins ({price}), il serait au-dessus de {other}.' },
      below: { other: 'S’il coûtait {amount} de moins ({price}), il serait au-dessous de {other}.' },
    },
    dearer: {
      above: { other: 'S’il coûtait {amount} de plus ({price}), il serait au-dessus de {other}.' },
      below: { other: 'S’il coûtait {amount} de plus ({price}), il serait au-dessous de {other}.' },
    },
    click: {
      above: {
        one: 'Avec un clic de plus, il serait au-dessus de {other}.',
        other: 'Avec {amount} clics de plus, il serait au-dessus de {other}.',
      },
      below: {
        one: 'Avec un clic de plus, il serait au-dessous de {other}.',
        other: 'Avec {amount} clics de plus, il serait au-dessous de {other}.',
      },
    },
    purchase: {
      above: {
        one: 'Si une personne de plus l’avait acheté, il serait au-dessus de {other}.',
        other: 'Si {amount} personnes de plus l’avaient acheté, il serait au-dessus de {other}.',
      },
      below: {
        one: 'Si une personne de plus l’avait acheté, il serait au-dessous de {other}.',
        other: 'Si {amount} personnes de plus l’avaient acheté, il serait au-dessous de {other}.',
      },
    },
    rating: {
      above: {
        one: 'Avec un avis à cinq étoiles de plus, il serait au-dessus de {other}.',
        other: 'Avec {amount} avis à cinq étoiles de plus, il serait au-dessus de {other}.',
      },
      below: {
        one: 'Avec un avis à cinq étoiles de plus, il serait au-dessous de {other}.',
        other: 'Avec {amount} avis à cinq étoiles de plus, il serait au-dessous de {other}.',
      },
    },
  },
  ad: 'Une publicité : {campaign} paie {price} pour cette place.',
};
