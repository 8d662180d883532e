import { always, type Phrases } from './phrases.ts';

export const JA: Phrases = {
  quoted: '「{title}」',
  groups: {
    recent: '最近ご覧になった商品',
    seen: 'この商品に対するこれまでの操作',
    people: 'フォロー中の方々の行動',
    brands: 'ブランドをフォローされていること',
    text: '商品の説明文',
    popularity: 'ほかの方からの人気',
    ratings: '購入者の評価',
    price: '価格',
    visitor: 'ご訪問の状況',
    other: 'その他',
  },
  because: 'ここにあるほかの商品と比べて、プラスになったのは次の点です：{reasons}。',
  despite: 'マイナスになったのは次の点です：{reasons}。',
  average: 'ここにあるほかの商品と大きな違いはありません。',
  share: '{group}（{percent}）',
  order: {
    chance: 'お好みを学ぶため、このリストは無作為な順に並んでいます。',
    popularity: 'このリストは、ほかの方がよくクリックする順に並んでいます。',
    relevance: 'このリストは、検索によく合う順に並んでいます。',
    auction: 'これらの場所は広告主に販売されています。',
    shop: 'このリストの順番は店が決めました。',
  },
  found: {
    next: 'お選びになった商品の次によく選ばれています。',
    seen: '以前ご覧になった商品です。',
    together: 'お選びになった商品と一緒によく選ばれています。',
    'like:text': '説明文がご覧になった商品と似ています。',
    'like:image': '見た目がご覧になった商品と似ています。',
    category: 'お好きな種類の商品です。',
    people: 'フォロー中の何人かの方が選びました。',
    brands: 'フォロー中のブランドの商品です。',
    popular: '多くの方に好まれています。',
    fresh: '新しい商品です。',
    chance: 'どの商品にも見られる機会があるように、無作為に選ばれました。',
    requested: 'ページが表示を求めました。',
    pinned: '店がここに置くことを望んでいます。',
  },
  rules: {
    pinned: '店がこの位置に置きました。',
    bought: '最近購入されたため、下のほうにあります。',
    dismissed: '最近不要とされたため、下のほうにあります。',
    clicked: '最近ご覧になったため、下のほうにあります。',
    brand: '同じブランドの商品がすでに十分あるため、下のほうにあります。',
    category: '同じ種類の商品がすでに十分あるため、下のほうにあります。',
    diversity: 'リストに変化をつけるため、位置が変えられました。',
  },
  moves: {
    visits: {
      above: always('最近の{amount}点の商品をご覧になっていなければ、{other}より上にありました。'),
      below: always('最近の{amount}点の商品をご覧になっていなければ、{other}より下にありました。'),
    },
    cheaper: {
      above: always('{amount}安ければ（{price}）、{other}より上にありました。'),
      below: always('{amount}安ければ（{price}）、{other}より下にありました。'),
    },
    dearer: {
      above: always('{amount}高ければ（{price}）、{other}より上にありました。'),
      below: always('{amount}高ければ（{price}）、{other}より下にありました。'),
    },
    click: {
      above: always('クリックがあと{amount}回多ければ、{other}より上にありました。'),
      below: always('クリックがあと{amount}回多ければ、{other}より下にありました。'),
    },
    purchase: {
      above: always('購入した人があと{amount}人多ければ、{other}より上にありました。'),
      below: always('購入した人があと{amount}人多ければ、{other}より下にありました。'),
    },
    rating: {
      above: always('五つ星の評価があと{amount}件多ければ、{other}より上にありました。'),
      below: always('五つ星の評価があと{amount}件多ければ、{other}より下にありました。'),
    },
  },
  ad: '広告：{campaign}がこのために{price}を支払います。',
};
