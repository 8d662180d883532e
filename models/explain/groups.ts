import { LIMITS } from '../../schemas/limits.ts';

/** What speaks for an item or against it, for people: every feature is about one of these. */
export const GROUPS = [
  'recent',
  'seen',
  'people',
  'brands',
  'text',
  'popularity',
  'ratings',
  'price',
  'visitor',
  'picture',
  'video',
  'itself',
  'other',
] as const;
export type Group = (typeof GROUPS)[number];

/** The first pattern that a feature's name fits says what it is about. */
const ABOUT: readonly (readonly [Group, RegExp])[] = [
  ['seen', /^pair\.(seen|item_|since_item)/],
  ['people', /^pair\.(followed_|shared)/],
  ['brands', /^pair\.follows_brand/],
  ['recent', /^pair\.(category|brand|since_category)|^session\.category/],
  ['text', /^pair\.(words|query)/],
  ['price', /price|last_paid/],
  [
    'popularity',
    /^item\.(impressions|clicks|views|carts|purchases|examined|shares|users|top_users|trend|since|revenue|.*_rate)/,
  ],
  ['ratings', /^item\.(ratings?|stars|praise|returns|dismissals)/],
  ['visitor', /^(user|session)\./],
];

/** A feature is a logarithm in float32. */
const ROUNDING = 1e-3;
const PEOPLE = ['pair.followed_clicks', 'pair.followed_purchases'];

/**
 * What may be told: what fewer than so many people did is not named, but counted among other things, so that nobody learns
 * from a list what one person looked at. Their number is what it was before it faded, so at least what it is.
 */
export function toldGroups(
  groups: Partial<Record<Group, number>>,
  features: readonly string[],
  row: Float32Array,
): Partial<Record<Group, number>> {
  const { people, ...rest } = groups;
  const most = Math.max(...PEOPLE.map(name => Math.expm1(row[features.indexOf(name)] ?? 0)));
  if (people === undefined || most > LIMITS.people_told - 1 + ROUNDING) return groups;
  return { ...rest, other: (rest.other ?? 0) + people };
}

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
