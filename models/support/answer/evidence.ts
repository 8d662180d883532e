import type { Product } from '../../../schemas/topics/events.ts';
import { analyse } from '../../retrieval/analyse.ts';
import { mayRead, spokenTo } from '../language.ts';
import { noOrders, type Order, orderPassage } from '../passages/orders.ts';
import { type Passage, textOf } from '../passages/passage.ts';
import { productPassage } from '../passages/products.ts';
import { type Found, relevance } from './find.ts';
import { contentTerms } from './function-words.ts';
import { beyondOrders } from './own-orders.ts';

/** What was found for a question. */
export interface Searched {
  readonly question: string;
  readonly language: string | undefined;
  /** Of the shop's own texts, the best first. */
  readonly policies: readonly Found[];
  /** Of the catalogue, the best first. */
  readonly products: readonly Product[];
  /** Of the asking user, the newest first; undefined where he does not ask for them. */
  readonly orders: readonly Order[] | undefined;
  readonly titleOf: (item: string) => string | undefined;
  /** Terms of the titles of policies; see `productPassage`. */
  readonly reserved: ReadonlySet<string>;
}

/** What a question may be answered from. */
export interface Evidence {
  readonly policies: readonly Passage[];
  readonly orders: readonly Passage[];
  /** The product that the question names. */
  readonly named: Passage | undefined;
  /** Policies that would answer, in a language in which nobody has asked; there are none in that of the question. */
  readonly foreign: readonly Passage[];
  /** Products of the kind that it is after, in the order in which they were found: the ranker says which are shown. */
  readonly wanted: readonly string[];
}

export const NOTHING_FOUND: Evidence = { policies: [], foreign: [], orders: [], named: undefined, wanted: [] };

const POLICIES = 2;
const ORDERS = 3;
/** Of what a question is about, a product has to have so much. */
const PRODUCT_COVERAGE = 0.6;

/**
 * Which sources may answer. A product answers for what it is, so only a question that has words of its title; what its
 * text says of returns or payment is never asked. Orders answer where nothing is asked beyond them, and else beside the
 * policy that says the rest. Whoever asks in a language that Temper speaks is answered from texts in it alone.
 */
export function evidenceFor(searched: Searched): Evidence {
  const { question, language, policies, products, orders, titleOf, reserved } = searched;
  const spoken = spokenTo(language);
  const terms = contentTerms(question);
  const relevant = policies.filter(found => relevance(found) >= 1);
  const fitting = relevant.filter(({ passage }) => mayRead(language, passage.language)).slice(0, POLICIES);
  const foreign = fitting.length > 0 ? [] : passagesOf(relevant.slice(0, POLICIES));
  if (orders) {
    const { own, rest } = ownOrders(terms, orders, titleOf);
    const known = own.length === 0 ? [noOrders(spoken)] : own.map(order => orderPassage(order, titleOf, spoken));
    if (rest === 0) return { ...NOTHING_FOUND, orders: known };
    const beside = fitting.length === 0 ? [] : known.slice(0, 1);
    return { ...NOTHING_FOUND, policies: passagesOf(fitting), foreign, orders: beside };
  }
  const offers = products.flatMap(product => offerOf(terms, product, reserved));
  const best = offers.reduce((most, { coverage }) => Math.max(most, coverage), 0);
  const policy = fitting[0] ?? relevant[0]; // one that may not answer only stands before products where none may
  if (best < (policy?.coverage ?? 0) || offers.length === 0) {
    return { ...NOTHING_FOUND, policies: passagesOf(fitting), foreign };
  }
  const named = offers.find(({ isNamed }) => isNamed)?.product;
  return {
    ...NOTHING_FOUND,
    named: named && productPassage(named, spoken, reserved),
    wanted: named ? [] : offers.map(({ product }) => product.item),
  };
}

/** The sources in the order in which they count, with the products that the ranker chose, if it was asked. */
export function passagesFrom({ policies, orders, named }: Evidence, chosen: readonly Passage[]): Passage[] {
  return [...orders, ...(named ? [named] : []), ...chosen, ...policies];
}

function passagesOf(found: readonly Found[]): Passage[] {
  return found.map(({ passage }) => passage);
}

/** Those that the question names, else the newest; and how many of its terms neither they nor asking for orders explain. */
function ownOrders(terms: readonly string[], orders: readonly Order[], titleOf: Searched['titleOf']) {
  const beyond = beyondOrders(terms);
  const titles = new Map(orders.map(({ item }) => [item, new Set(analyse(titleOf(item) ?? item))]));
  const named = orders.filter(({ item }) => beyond.some(term => titles.get(item)!.has(term)));
  const rest = beyond.filter(term => !named.some(({ item }) => titles.get(item)!.has(term)));
  return { own: (named.length > 0 ? named : orders).slice(0, ORDERS), rest: rest.length };
}

/** A product that has enough of what the question is about, and a word of it in its title. */
function offerOf(terms: readonly string[], product: Product, reserved: ReadonlySet<string>) {
  const title = contentTerms(product.title);
  if (!terms.some(term => title.includes(term))) return [];
  const passage = productPassage(product, 'en', reserved);
  if (!passage) return [];
  const has = new Set([...analyse(textOf(passage)), ...analyse(`${product.brand ?? ''} ${product.category}`)]);
  const coverage = terms.filter(term => has.has(term)).length / terms.length;
  if (coverage < PRODUCT_COVERAGE) return [];
  return [{ product, coverage, isNamed: title.length > 1 && title.every(term => terms.includes(term)) }];
}
