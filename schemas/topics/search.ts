import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { at_ms, id } from './events.ts';

const text = z.string().min(1).max(LIMITS.text_chars);
const money = z.number().nonnegative();

/** What a product has to be. Of one field or attribute any of the values will do; of several, one of each. */
export const SearchFilter = z.union([
  z.object({
    field: z.literal('price'),
    at_least: money.optional(),
    at_most: money.optional(),
    /** Counts where the shop has prices in it; else numbers are compared. */
    currency: id.optional(),
  }),
  z.object({ field: z.enum(['brand', 'category']), value: text }),
  z.object({ field: z.literal('attribute'), name: id, value: text }),
]);
export type SearchFilter = z.infer<typeof SearchFilter>;

/** What is made of a query beside its words: each can be left out. `rescue`: other products, where none has the words. */
export const Reading = z.enum(['language', 'filters', 'spelling', 'synonyms', 'rescue']);
export type Reading = z.infer<typeof Reading>;

/** What a request for the surface `search` may ask beside its query. */
export const SearchOptions = z.object({
  /** What is made of the query; an empty list: it is taken literally. */
  understand: z
    .array(Reading)
    .max(Reading.options.length)
    .default([...Reading.options]),
  /** What the products have to be, as chosen by the user from the facets. */
  filters: z.array(SearchFilter).max(LIMITS.search_filters).default([]),
  /** Values that are counted of each field, at most; 0: none. */
  facets: z.int().min(0).max(LIMITS.facet_values).default(10),
  /** Asks for so many completions of the query, and for no products. */
  suggest: z.int().positive().max(LIMITS.suggestions_per_request).optional(),
});
export type SearchOptions = z.infer<typeof SearchOptions>;

/** A filter that was read from a query's words. */
export const ReadFilter = z.object({
  /** The words, as they were typed. */
  words: z.string(),
  filter: SearchFilter,
  /** Whether products that it does not fit are left out, or only stand further down. */
  hard: z.boolean(),
});
export type ReadFilter = z.infer<typeof ReadFilter>;

const Replaced = z.object({ from: z.string(), to: z.string() });

/** What a query was taken for. */
export const Understood = z.object({
  /** ISO 639-1; absent where too little of it tells. */
  language: z.string().optional(),
  /** The words that were looked for: without those of prices, spelt as products are. */
  text: z.string(),
  filters: z.array(ReadFilter),
  spelling: z.array(Replaced),
  /** Looked for besides, for less. */
  synonyms: z.array(Replaced),
});
export type Understood = z.infer<typeof Understood>;

const counts = z.array(z.object({ value: z.string(), count: z.int().positive() }));

/**
 * How many of the products that have the query's words have which values, most first. The filters count; but those of a
 * field are left aside in its own counts, so that they say what another choice would find.
 */
export const Facets = z.object({
  /** Products that have as many of the query's words as the best, by their weight, and fit all filters. */
  matching: z.int().nonnegative(),
  brand: counts,
  category: counts,
  price: z.array(z.object({ at_least: money, below: money, count: z.int().positive() })),
  /** Absent where too many products match to look at each one's attributes. */
  attributes: z.array(z.object({ name: z.string(), values: counts })).optional(),
});
export type Facets = z.infer<typeof Facets>;

/**
 * Why a list has other products than those with the query's words that fit its filters; there were none. `brand`: what was
 * read as a brand is no condition any more; `spelling`: words were taken for others that differ by more than a letter;
 * `price`: the bound that was read is none any more; `meaning`: nearest by vectors; `popular`: what is clicked the most.
 */
export const Rescue = z.enum(['brand', 'spelling', 'price', 'meaning', 'popular']);
export type Rescue = z.infer<typeof Rescue>;

/** What a list of the surface `search` says beside its items. */
export const SearchTold = z.object({
  understood: Understood.optional(),
  facets: Facets.optional(),
  rescue: Rescue.optional(),
  /** Completions of the query, best first, where they were asked for. */
  suggestions: z.array(z.string()).optional(),
});
export type SearchTold = z.infer<typeof SearchTold>;

const phrase = z.string().min(1).max(LIMITS.query_chars);

/** What to look for besides, where a query has these words. */
export const Synonym = z.object({
  from: phrase,
  to: phrase,
  /** Different users that led to it, and how much more often they did than by chance. */
  users: z.int().positive(),
  lift: z.number().positive(),
});
export type Synonym = z.infer<typeof Synonym>;

/** What many people typed and then found something by. `weight`: such searches, the older for less. */
export const Suggestion = z.object({ query: phrase, weight: z.number().positive() });
export type Suggestion = z.infer<typeof Suggestion>;

/** Of the compacted topic `search.learned`, keyed by part: what was learned from all searches up to a time. */
export const LearnedSearches = z.discriminatedUnion('part', [
  z.object({ v: z.literal(1), part: z.literal('synonyms'), at_ms, synonyms: z.array(Synonym) }),
  z.object({ v: z.literal(1), part: z.literal('suggestions'), at_ms, suggestions: z.array(Suggestion) }),
]);
export type LearnedSearches = z.infer<typeof LearnedSearches>;
