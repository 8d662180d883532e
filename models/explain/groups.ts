/** What speaks for an item or against it, for people: every feature is about one of these. */
export const GROUPS = ['recent', 'seen', 'text', 'popularity', 'ratings', 'price', 'visitor', 'other'] as const;
export type Group = (typeof GROUPS)[number];

/** The first pattern that a feature's name fits says what it is about. */
const ABOUT: readonly (readonly [Group, RegExp])[] = [
  ['seen', /^pair\.(seen|item_|since_item)/],
  ['recent', /^pair\.(category|brand|since_category)|^session\.category/],
  ['text', /^pair\.(words|query)/],
  ['price', /price|last_paid/],
  [
    'popularity',
    /^item\.(impressions|clicks|views|carts|purchases|examined|users|top_users|trend|since|revenue|.*_rate)/,
  ],
  ['ratings', /^item\.(ratings?|stars|praise|returns|dismissals)/],
  ['visitor', /^(user|session)\./],
];

export function groupOf(feature: string): Group {
  return ABOUT.find(([, pattern]) => pattern.test(feature))?.[0] ?? 'other';
}

/** The places of a vector by what they are about: each place in one group, no group empty. */
export function groupsOf(features: readonly string[]): Record<string, number[]> {
  const groups: Record<string, number[]> = {};
  for (const [place, feature] of features.entries()) {
    const group = groupOf(feature);
    groups[group] = [...(groups[group] ?? []), place];
  }
  return groups;
}
