import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { CurrencyCode } from '../policies/currencies.ts';
import { Excluded, Pins } from '../policies/policy.ts';
import { Ad } from './ads.ts';
import { Consent } from './consent.ts';
import { at_ms, id } from './events.ts';
import { FeatureVector } from './feature-vector.ts';
import { SearchOptions, SearchTold } from './search.ts';
import { Modality } from './vectors.ts';

/** Where lists are shown. A surface is answered by one policy and one champion. */
export const Surface = z.enum(['home', 'search', 'ads', 'support']);
export type Surface = z.infer<typeof Surface>;

const position = z.int().nonnegative().max(LIMITS.items_per_list);
const propensity = z.number().gt(0).max(1).nullable();
/** In which the list is explained to its user: a tag of BCP 47, such as de or pt-BR. */
const language = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/, 'expected a language tag such as de or pt-BR');

/** What a storefront asks on `rank.requests`, keyed by user. */
export const RankRequest = z
  .object({
    v: z.literal(1),
    /** The list that answers carries the same id. */
    id,
    at_ms,
    user: id,
    session: id,
    surface: Surface,
    /** What the user typed; needed where the surface is `search`, unless the list was already shown. */
    query: z.string().min(1).max(LIMITS.query_chars).optional(),
    /** On the surface `search`: filters, facets, what is made of the query, or completions in place of products. */
    search: SearchOptions.optional(),
    language: language.optional(),
    /** In which the list is to say prices; a request in one that has no rate is refused. */
    currency: CurrencyCode.optional(),
    count: z.int().positive().max(LIMITS.items_per_list).default(20),
    /** Rank these; absent: Temper finds its own candidates. */
    candidates: z.array(id).min(1).max(LIMITS.candidates_per_request).optional(),
    /** A list that the shop has already shown: scored and logged as it stood, with the propensities that it had. */
    shown: z
      .array(z.object({ item: id, position, propensity }))
      .min(1)
      .max(LIMITS.items_per_list)
      .optional(),
    /** For this list, beside those of the surface's policy and before them. */
    pins: Pins.optional(),
    exclude: Excluded.optional(),
    consent: Consent.optional(),
  })
  .refine(({ surface, query, shown }) => surface !== 'search' || query !== undefined || shown !== undefined, {
    path: ['query'],
    message: 'expected what the user typed, because the surface is search',
  });
export type RankRequest = z.infer<typeof RankRequest>;

/**
 * How a list came to its order. `champion`: by the scores of its `model`, which is the champion or a challenger of it that
 * is on trial (see `role`), or `relevance` where a surface is ordered by how well items fit the query. `explore`:
 * uniformly at random.
 * `control`: by popularity, for the users of the control group. `fallback`: by popularity, because the champion failed.
 * `recorded`: by the shop, before Temper.
 */
export const Arm = z.enum(['champion', 'explore', 'control', 'fallback', 'recorded']);
export type Arm = z.infer<typeof Arm>;

/**
 * Who ordered a list: the champion, a challenger that is on trial, or, because who should have failed, another (`fallback`).
 * What a challenger scored unseen is of the role `shadow`, and stands on `rank.shadows`.
 */
export const Role = z.enum(['champion', 'challenger', 'shadow', 'fallback']);
export type Role = z.infer<typeof Role>;

/** The experiment of which a list is part, how far it was, and for whom its user was meant. */
export const Experiment = z.object({
  id,
  stage: z.string(),
  /** `both`: the list is interleaved, and its items have teams. */
  group: z.enum(['champion', 'challenger', 'both']),
});
export type Experiment = z.infer<typeof Experiment>;

const team = z.enum(['champion', 'challenger']);

export const RankedItem = z.object({
  item: id,
  position,
  score: z.number(),
  /** P(this item at this position | user, candidates) under the policy that made the list; null where unknown. */
  propensity,
  /** Which candidate source proposed it. */
  reason: z.string(),
  /** Why it does not stand where its score would put it; absent where it does. */
  policy: z.string().optional(),
  /** Where the request says a currency, and the price is known: for its user to read, in that currency. */
  price: z.object({ amount: z.number().nonnegative(), currency: CurrencyCode }).optional(),
  /** On an interleaved list: whose choice it is, and so who is credited with a click. */
  team: team.optional(),
  /** On the surface `ads`: who pays for it, what, and for what. */
  ad: Ad.optional(),
  /** The feature vector that was scored, in the order of the model's `features`. */
  features: FeatureVector,
});
export type RankedItem = z.infer<typeof RankedItem>;

const offset = z.int().nonnegative();

/**
 * From what a list's features were made: all records below these offsets, and none above. Whoever rebuilds them from the
 * archive takes the same, whatever had happened by then and had not been read yet.
 */
export const Applied = z.object({
  /** Of the user: events of his partition of `shop.events`. */
  user: offset,
  /** Of items, by their partition: events of each partition of `shop.events`. Where these are many, only some partitions. */
  items: z.record(z.string(), z.array(offset)),
  /** Of products: records of each partition of `shop.catalogue`. */
  catalogue: z.array(offset),
});
export type Applied = z.infer<typeof Applied>;

/** The layout of a list for which no features were made. */
export const NO_FEATURES = 'none';

/** What the scorer answers on `rank.lists`, keyed by user. Training, evaluation, explanation and audit read this record. */
export const RankedList = z.object({
  v: z.literal(1),
  id,
  at_ms,
  user: id,
  session: id,
  surface: Surface,
  /** What the user had typed. */
  query: z.string().optional(),
  /** Of a search whose products Temper found: what the query was taken for, and counts of what matches. */
  search: SearchTold.optional(),
  /** As in the request. */
  language: language.optional(),
  consent: Consent.optional(),
  model: id,
  arm: Arm,
  /** Absent where neither champion nor challenger was asked. */
  role: Role.optional(),
  /** Absent where there is none on the surface, or the list is no part of it. */
  experiment: Experiment.optional(),
  /** Names the layout of the feature vectors. */
  features_version: z.string(),
  /** Absent where the scorer did not know it. */
  applied: Applied.optional(),
  /** Candidates that were scored. */
  candidates: z.int().nonnegative(),
  /** How many were removed before, by the rule that did; absent where none was. */
  removed: z.record(z.string(), z.int().positive()).optional(),
  /** P(this whole list | user, candidates); absent where unknown, 0 where it is below what a number holds. */
  slate_propensity: z.number().min(0).max(1).optional(),
  /** What the user took last, newest first, as the ranker was given it; see `historyOf`. */
  history: z.array(id).max(LIMITS.history_items_per_user).default([]),
  /** The encoder whose vectors were used, by modality. */
  index: z.partialRecord(Modality, id).default({}),
  items: z.array(RankedItem),
  /** Milliseconds spent: waiting in the topic, finding candidates, building features, scoring. */
  spent_ms: z.object({ queue: z.number(), candidates: z.number(), features: z.number(), score: z.number() }),
});
export type RankedList = z.infer<typeof RankedList>;

/** A list as its record: the features of its items may be packed. */
export interface ListRecord extends Omit<RankedList, 'items'> {
  items: z.input<typeof RankedItem>[];
}

/** A list joined with what its user did: one row for each item that was seen. Published to `rank.examples`, keyed by user. */
export const Example = z.object({
  v: z.literal(1),
  list: id,
  /** The list's own time. */
  at_ms,
  user: id,
  surface: Surface,
  model: id,
  arm: Arm,
  /** As in the list. */
  role: Role.optional(),
  experiment: Experiment.optional(),
  features_version: z.string(),
  /** Grows as outcomes arrive: of two records for one list, the higher knows more. */
  version: z.int().nonnegative(),
  /** As in the list. */
  history: z.array(id).max(LIMITS.history_items_per_user).default([]),
  items: z.array(
    z.object({
      item: id,
      position,
      propensity,
      team: team.optional(),
      features: z.array(z.number()),
      clicked: z.boolean(),
      carted: z.boolean(),
      purchased: z.boolean(),
      /** Absent in examples of before dismissals were joined. */
      dismissed: z.boolean().optional(),
    }),
  ),
});
export type Example = z.infer<typeof Example>;
