import type { Phrases } from './phrases.ts';

export const DE: Phrases = {
  quoted: '„{title}“',
  groups: {
    recent: 'was Sie zuletzt angesehen haben',
    seen: 'was Sie mit diesem Produkt schon getan haben',
    people: 'was Menschen taten, denen Sie folgen',
    brands: 'dass Sie seiner Marke folgen',
    text: 'seine Beschreibung',
    picture: 'sein Bild',
    video: 'sein Video',
    itself: 'dieses Produkt selbst',
    popularity: 'wie es anderen gefällt',
    ratings: 'was Käufer darüber sagen',
    price: 'sein Preis',
    visitor: 'Ihre Besuche',
    other: 'anderes',
  },
  because: 'Neben den anderen Produkten hier spricht dafür: {reasons}.',
  despite: 'Dagegen spricht: {reasons}.',
  average: 'Nichts hebt es von den anderen Produkten hier ab.',
  share: '{group} ({percent})',
  order: {
    chance: 'Die Reihenfolge dieser Liste ist zufällig, damit wir lernen, was Ihnen gefällt.',
    trial: 'In dieser Liste wechseln sich zwei Arten der Auswahl ab, damit wir lernen, welche besser ist.',
    popularity: 'Diese Liste zeigt zuerst, was andere am meisten anklicken.',
    relevance: 'Diese Liste zeigt zuerst, was am besten zu Ihrer Suche passt.',
    auction: 'Diese Plätze sind an Werbende verkauft.',
    shop: 'Der Shop hat diese Liste selbst geordnet.',
  },
  found: {
    next: 'Es wird oft nach dem genommen, was Sie genommen haben.',
    seen: 'Sie haben es schon angesehen.',
    together: 'Andere nehmen es zusammen mit dem, was Sie genommen haben.',
    'like:text': 'Seine Beschreibung ähnelt dem, was Sie angesehen haben.',
    'like:image': 'Es sieht dem ähnlich, was Sie angesehen haben.',
    category: 'Es ist von einer Art, die Sie mögen.',
    people: 'Mehrere Menschen, denen Sie folgen, haben es genommen.',
    brands: 'Es ist von einer Marke, der Sie folgen.',
    popular: 'Viele mögen es.',
    fresh: 'Es ist neu.',
    chance: 'Es steht zufällig hier, damit jedes Produkt einmal gesehen wird.',
    requested: 'Die Seite hat danach gefragt.',
    pinned: 'Der Shop will es hier haben.',
  },
  rules: {
    pinned: 'Der Shop hat es an diesen Platz gestellt.',
    bought: 'Es steht weiter unten, weil Sie es vor Kurzem gekauft haben.',
    dismissed: 'Es steht weiter unten, weil Sie es vor Kurzem nicht wollten.',
    clicked: 'Es steht weiter unten, weil Sie es vor Kurzem angesehen haben.',
    brand: 'Es steht weiter unten, weil seine Marke hier schon oft genug vorkommt.',
    category: 'Es steht weiter unten, weil hier schon genug Produkte seiner Art stehen.',
    far: 'Es steht hinter dem, was besser zu Ihrer Suche passt.',
    diversity: 'Sein Platz wurde geändert, damit die Liste abwechslungsreicher ist.',
  },
  moves: {
    visits: {
      above: {
        one: 'Ohne das Produkt, das Sie zuletzt angesehen haben, stünde es über {other}.',
        other: 'Ohne die {amount} Produkte, die Sie zuletzt angesehen haben, stünde es über {other}.',
      },
      below: {
        one: 'Ohne das Produkt, das Sie zuletzt angesehen haben, stünde es unter {other}.',
        other: 'Ohne die {amount} Produkte, die Sie zuletzt angesehen haben, stünde es unter {other}.',
      },
    },
    cheaper: {
      above: { other: 'Wäre es {amount} billiger ({price}), stünde es über {other}.' },
      below: { other: 'Wäre es {amount} billiger ({price}), stünde es unter {other}.' },
    },
    dearer: {
      above: { other: 'Wäre es {amount} teurer ({price}), stünde es über {other}.' },
      below: { other: 'Wäre es {amount} teurer ({price}), stünde es unter {other}.' },
    },
    click: {
      above: {
        one: 'Mit einem Klick mehr stünde es über {other}.',
        other: 'Mit {amount} Klicks mehr stünde es über {other}.',
      },
      below: {
        one: 'Mit einem Klick mehr stünde es unter {other}.',
        other: 'Mit {amount} Klicks mehr stünde es unter {other}.',
      },
    },
    purchase: {
      above: {
        one: 'Hätte es noch jemand gekauft, stünde es über {other}.',
        other: 'Hätten es {amount} Menschen mehr gekauft, stünde es über {other}.',
      },
      below: {
        one: 'Hätte es noch jemand gekauft, stünde es unter {other}.',
        other: 'Hätten es {amount} Menschen mehr gekauft, stünde es unter {other}.',
      },
    },
    rating: {
      above: {
        one: 'Mit einer weiteren Bewertung von fünf Sternen stünde es über {other}.',
        other: 'Mit {amount} weiteren Bewertungen von fünf Sternen stünde es über {other}.',
      },
      below: {
        one: 'Mit einer weiteren Bewertung von fünf Sternen stünde es unter {other}.',
        other: 'Mit {amount} weiteren Bewertungen von fünf Sternen stünde es unter {other}.',
      },
    },
  },
  ad: 'Eine Anzeige: {campaign} zahlt {price} dafür.',
};
