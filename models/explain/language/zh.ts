import { always, type Phrases } from './phrases.ts';

export const ZH: Phrases = {
  quoted: '“{title}”',
  groups: {
    recent: '您最近看过的商品',
    seen: '您以前对这件商品的操作',
    people: '您关注的人的行为',
    brands: '您关注它的品牌',
    text: '它的文字说明',
    popularity: '其他人对它的喜爱程度',
    ratings: '买家的评价',
    price: '它的价格',
    visitor: '您的访问',
    other: '其他因素',
  },
  because: '与这里的其他商品相比，对它有利的是：{reasons}。',
  despite: '对它不利的是：{reasons}。',
  average: '它与这里的其他商品没有明显差别。',
  share: '{group}（{percent}）',
  order: {
    chance: '这个列表是随机排序的，以便我们了解您的喜好。',
    popularity: '这个列表把其他人点击最多的商品排在前面。',
    relevance: '这个列表把最符合您搜索的商品排在前面。',
    auction: '这些位置出售给了广告主。',
    shop: '这个列表的顺序由商店自己决定。',
  },
  found: {
    next: '人们选了您选过的商品之后，常常接着选它。',
    seen: '您以前看过它。',
    together: '其他人常把它与您选过的商品一起选。',
    'like:text': '它的说明与您看过的商品相似。',
    'like:image': '它的外观与您看过的商品相似。',
    category: '它属于您喜欢的类别。',
    people: '您关注的好几个人选了它。',
    brands: '它属于您关注的品牌。',
    popular: '很多人喜欢它。',
    fresh: '它是新品。',
    chance: '它是随机出现在这里的，好让每件商品都有机会被看到。',
    requested: '页面要求显示它。',
    pinned: '商店希望它在这里。',
  },
  rules: {
    pinned: '商店把它放在了这个位置。',
    bought: '因为您最近买过它，所以排在后面。',
    dismissed: '因为您最近不想要它，所以排在后面。',
    clicked: '因为您最近看过它，所以排在后面。',
    brand: '因为它的品牌在这里已经够多，所以排在后面。',
    category: '因为这里同类商品已经够多，所以排在后面。',
    diversity: '为了让列表更多样，它的位置被调整过。',
  },
  moves: {
    visits: {
      above: always('如果您没有看最近的{amount}件商品，它会排在{other}前面。'),
      below: always('如果您没有看最近的{amount}件商品，它会排在{other}后面。'),
    },
    cheaper: {
      above: always('如果便宜{amount}（{price}），它会排在{other}前面。'),
      below: always('如果便宜{amount}（{price}），它会排在{other}后面。'),
    },
    dearer: {
      above: always('如果贵{amount}（{price}），它会排在{other}前面。'),
      below: always('如果贵{amount}（{price}），它会排在{other}后面。'),
    },
    click: {
      above: always('如果再多{amount}次点击，它会排在{other}前面。'),
      below: always('如果再多{amount}次点击，它会排在{other}后面。'),
    },
    purchase: {
      above: always('如果再多{amount}个人购买，它会排在{other}前面。'),
      below: always('如果再多{amount}个人购买，它会排在{other}后面。'),
    },
    rating: {
      above: always('如果再多{amount}个五星评价，它会排在{other}前面。'),
      below: always('如果再多{amount}个五星评价，它会排在{other}后面。'),
    },
  },
  ad: '广告：{campaign}为此支付{price}。',
};
