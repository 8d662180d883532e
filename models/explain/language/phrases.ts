import type { Change } from '../counterfactual.ts';
import type { Group } from '../groups.ts';

/** A sentence with places to fill, such as {other}. Where it counts, one form for each that the language has. */
export type Template = string;
export type Counted = Partial<Record<Intl.LDMLPluralRule, Template>> & { other: Template };

/** Why a list is in its order; `score`: because of the ranker. `trial`: two rankers chose in turns. */
export type Order = 'score' | 'chance' | 'trial' | 'popularity' | 'relevance' | 'auction' | 'shop';

/** Which lanes proposed an item, as far as that says something to its user. */
export const SOURCES = [
  'next',
  'seen',
  'together',
  'like:text',
  'like:image',
  'category',
  'people',
  'brands',
  'popular',
  'fresh',
  'chance',
  'requested',
  'pinned',
] as const;
export type Source = (typeof SOURCES)[number];

/** Rules that put an item where its score would not. */
export type Rule = 'pinned' | 'bought' | 'dismissed' | 'clicked' | 'brand' | 'category' | 'far' | 'diversity';

/** All that Temper says of lists in one language. A language is complete, or it is none. */
export interface Phrases {
  /** A product's name, set apart: {title}. */
  quoted: Template;
  /** What each group is called. */
  groups: Readonly<Record<Group, string>>;
  /** {reasons} are what the ranker counts for it most, beside the rest of the list. */
  because: Template;
  /** {reasons} count against it. */
  despite: Template;
  /** Nothing sets it apart. */
  average: Template;
  /** {percent} of what sets an item apart comes from a group: {group}. */
  share: Template;
  order: Readonly<Record<Exclude<Order, 'score'>, Template>>;
  found: Readonly<Record<Source, Template>>;
  rules: Readonly<Record<Rule, Template>>;
  /** {amount}, {price} and {other} where they are said. */
  moves: Readonly<Record<Change, Readonly<Record<'above' | 'below', Counted>>>>;
  /** {campaign} pays {price} for it. */
  ad: Template;
}

/** As many forms as a language without plurals has. */
export const always = (other: Template): Counted => ({ other });
