import { compose } from '../../models/support/answer/compose.ts';
import { evidenceFor, NOTHING_FOUND, passagesFrom } from '../../models/support/answer/evidence.ts';
import type { PassageIndex } from '../../models/support/answer/find.ts';
import type { Generator } from '../../models/support/answer/generator.ts';
import { asksForOwnOrders } from '../../models/support/answer/own-orders.ts';
import type { OpenVectorIntents } from '../../models/support/intent/by-vector.ts';
import { type Intents, mostProbable } from '../../models/support/intent/classifier.ts';
import { languageOf, spokenTo } from '../../models/support/language.ts';
import type { Order } from '../../models/support/passages/orders.ts';
import { productPassage } from '../../models/support/passages/products.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import type { RankedList } from '../../schemas/topics/ranking.ts';
import type { Answer, Turn } from '../../schemas/topics/support.ts';
import type { JobContext } from '../job.ts';
import type { Catalogue } from './catalogue.ts';
import type { Meaning } from './meaning.ts';
import type { Orders } from './orders.ts';
import type { Ranking } from './ranking.ts';

export type Question = Extract<ShopEvent, { type: 'question' }>;

/** What an answer is made from. */
export interface Desk {
  readonly policies: PassageIndex;
  readonly meaning: Pick<Meaning, 'of' | 'vectorOf'> | undefined;
  readonly catalogue: Catalogue;
  readonly orders: Pick<Orders, 'of'>;
  readonly ranking: Pick<Ranking, 'best'>;
  readonly intents: Pick<Intents, 'names' | 'classify'> | undefined;
  /** Of questions that are not in the language in which intents were learned. */
  readonly intentsByVector: Pick<OpenVectorIntents, 'names' | 'classify'> | undefined;
  readonly generator: Generator;
  readonly report: Pick<JobContext['report'], 'count'>;
  readonly log: Pick<JobContext['log'], 'warn'>;
}

const GENERATOR_MS = 15_000;
const CANDIDATES = 50;

/**
 * Answers a question from its sources. What is looked up follows from the question and from who asks, before a generator
 * sees anything; what it then says is words.
 *
 * @param before what was said in the session
 */
export async function answerQuestion(question: Question, before: readonly Turn[], desk: Desk): Promise<Answer> {
  const { id, user, session, text } = question;
  const { report, log } = desk;
  const started_ms = performance.now();
  const language = languageOf(text);
  const asksForOrders = asksForOwnOrders(text);
  const orders = asksForOrders ? await ordersOf(user, desk) : undefined;
  const searched = {
    question: text,
    language,
    policies: desk.policies.find(text, await desk.meaning?.of(text)),
    products: desk.catalogue.find(text, CANDIDATES),
    orders,
    titleOf: (item: string) => desk.catalogue.titleOf(item),
    reserved: desk.policies.titles,
  };
  // An archive that does not answer knows of no orders: that is no reason to say that there are none.
  const evidence = asksForOrders && !orders ? NOTHING_FOUND : evidenceFor(searched);
  const list = evidence.wanted.length > 0 ? await desk.ranking.best(question, evidence.wanted, Date.now()) : undefined;
  if (evidence.wanted.length > 0 && !list) report.count('unranked');
  const chosen = (list?.items ?? []).flatMap(({ item }) => {
    const product = desk.catalogue.get(item);
    return (product && productPassage(product, spokenTo(language), desk.policies.titles)) ?? [];
  });
  const composed = await compose({
    question: text,
    language,
    passages: passagesFrom(evidence, chosen),
    foreign: evidence.foreign,
    generator: desk.generator,
    signal: AbortSignal.timeout(GENERATOR_MS),
    onFailure: error => {
      report.count('generator_failed');
      log.warn({ code: 'GENERATOR_FAILED', err: error }, 'the generator failed: sources answer in their own sentences');
    },
  });
  const isHandedOver = composed.outcome === 'handed_over';
  return {
    ...{ v: 1, id, at_ms: Date.now(), user, session, question: text },
    language: language ?? null,
    intent: await intentOf(text, language, desk),
    ...composed,
    ...(list && chosen.length > 0 && { recommended: recommended(list, desk.catalogue) }),
    ...(isHandedOver && { conversation: [...before] }),
    spent_ms: performance.now() - started_ms,
  };
}

async function ordersOf(user: string, { orders, report, log }: Desk): Promise<Order[] | undefined> {
  try {
    return await orders.of(user);
  } catch (error) {
    if (!(error instanceof TemperError && error.retryable)) throw error;
    report.count('orders_unknown');
    log.warn(
      { code: 'ARCHIVE_SILENT', err: error },
      'the archive does not answer: a question about orders goes to a person',
    );
    return undefined;
  }
}

/** Products whose titles are not fit to be repeated are called by their ids. */
function recommended({ id, items }: RankedList, catalogue: Catalogue): Answer['recommended'] {
  return {
    list: id,
    items: items.flatMap(({ item }) => {
      const product = catalogue.get(item);
      return product && productPassage(product, 'en') ? [{ item, title: product.title }] : [];
    }),
  };
}

/** What the networks know they know in English. */
const LEARNED = 'en';

async function intentOf(text: string, language: string | undefined, desk: Desk): Promise<Answer['intent']> {
  const { intents, intentsByVector, meaning } = desk;
  if (intentsByVector && language !== undefined && language !== LEARNED) {
    const asked = await meaning?.vectorOf(text);
    const probable = asked && (await intentsByVector.classify(asked));
    if (probable) return namedBest(probable, intentsByVector.names);
  }
  if (!intents) return null;
  const probabilities = await intents.classify([text.slice(0, LIMITS.text_chars)]);
  return namedBest(probabilities, intents.names);
}

function namedBest(probabilities: Float32Array, names: readonly string[]): NonNullable<Answer['intent']> {
  const [best] = mostProbable(probabilities, names.length);
  return { name: names[best!]!, probability: probabilities[best!]! };
}
