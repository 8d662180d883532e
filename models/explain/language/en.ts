import type { Phrases } from './phrases.ts';

export const EN: Phrases = {
  quoted: '“{title}”',
  groups: {
    recent: 'what you looked at lately',
    seen: 'what you did with this product before',
    people: 'what people whom you follow did',
    brands: 'that you follow its brand',
    text: 'its description',
    picture: 'its picture',
    video: 'its video',
    itself: 'this very product',
    popularity: 'how others like it',
    ratings: 'what buyers say of it',
    price: 'its price',
    visitor: 'your visits',
    other: 'other things',
  },
  because: 'Beside the other products here, this counts for it: {reasons}.',
  despite: 'This counts against it: {reasons}.',
  average: 'Nothing sets it apart from the other products here.',
  share: '{group} ({percent})',
  order: {
    chance: 'This list was put in order by chance, so that we learn what you like.',
    trial: 'This list takes turns between two ways of choosing for you, so that we learn which is better.',
    popularity: 'This list shows first what others click the most.',
    relevance: 'This list shows first what fits your search best.',
    auction: 'These places are sold to advertisers.',
    shop: 'The shop has put this list in order itself.',
  },
  found: {
    next: 'It is often taken after what you took.',
    seen: 'You looked at it before.',
    together: 'Others take it together with what you took.',
    'like:text': 'It reads like what you looked at.',
    'like:image': 'It looks like what you looked at.',
    category: 'It is of a kind that you like.',
    people: 'Several people whom you follow took it.',
    brands: 'It is of a brand that you follow.',
    popular: 'Many like it.',
    fresh: 'It is new.',
    chance: 'It is here by chance, so that every product is seen at some time.',
    requested: 'The page asked for it.',
    pinned: 'The shop wants it here.',
  },
  rules: {
    pinned: 'The shop has put it in this place.',
    bought: 'It stands further down because you bought it lately.',
    dismissed: 'It stands further down because you did not want it lately.',
    clicked: 'It stands further down because you looked at it lately.',
    brand: 'It stands further down because its brand is here often enough.',
    category: 'It stands further down because there are enough products of its kind here.',
    far: 'It stands behind what fits your search better.',
    diversity: 'Its place was changed so that the list is more varied.',
  },
  moves: {
    visits: {
      above: {
        one: 'Had you not looked at your last product, it would stand above {other}.',
        other: 'Had you not looked at your last {amount} products, it would stand above {other}.',
      },
      below: {
        one: 'Had you not looked at your last product, it would stand below {other}.',
        other: 'Had you not looked at your last {amount} products, it would stand below {other}.',
      },
    },
    cheaper: {
      above: { other: 'If it cost {amount} less ({price}), it would stand above {other}.' },
      below: { other: 'If it cost {amount} less ({price}), it would stand below {other}.' },
    },
    dearer: {
      above: { other: 'If it cost {amount} more ({price}), it would stand above {other}.' },
      below: { other: 'If it cost {amount} more ({price}), it would stand below {other}.' },
    },
    click: {
      above: {
        one: 'With one more click, it would stand above {other}.',
        other: 'With {amount} more clicks, it would stand above {other}.',
      },
      below: {
        one: 'With one more click, it would stand below {other}.',
        other: 'With {amount} more clicks, it would stand below {other}.',
      },
    },
    purchase: {
      above: {
        one: 'Had one more person bought it, it would stand above {other}.',
        other: 'Had {amount} more people bought it, it would stand above {other}.',
      },
      below: {
        one: 'Had one more person bought it, it would stand below {other}.',
        other: 'Had {amount} more people bought it, it would stand below {other}.',
      },
    },
    rating: {
      above: {
        one: 'With one more rating of five stars, it would stand above {other}.',
        other: 'With {amount} more ratings of five stars, it would stand above {other}.',
      },
      below: {
        one: 'With one more rating of five stars, it would stand below {other}.',
        other: 'With {amount} more ratings of five stars, it would stand below {other}.',
      },
    },
  },
  ad: 'An advertisement: {campaign} pays {price} for it.',
};
