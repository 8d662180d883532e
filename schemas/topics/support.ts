import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { at_ms, id } from './events.ts';

const text = z.string().max(LIMITS.text_chars);
/** Of a source: `policy:returns#refunds`, `product:teapot-1`, `order:e-1001`. */
const source = z.string().min(1).max(LIMITS.source_chars);

/**
 * What became of a question. `answered`: from sources. `handed_over`: a person has to answer, and finds the conversation
 * here. `refused`: it gave orders instead of asking for something.
 */
export const Outcome = z.enum(['answered', 'handed_over', 'refused']);
export type Outcome = z.infer<typeof Outcome>;

/** Something that was said before in the same session. */
export const Turn = z.object({ at_ms, question: text, answer: text });
export type Turn = z.infer<typeof Turn>;

/** What the support job answers on `support.answers`, keyed by user; its id is that of the question. */
export const Answer = z.object({
  v: z.literal(1),
  id,
  at_ms,
  user: id,
  session: id,
  question: text,
  /** By ISO 639-1; null where too little tells. */
  language: z.string().nullable(),
  /** What is asked for, among what the shop's classifier knows; null where it has none. */
  intent: z.object({ name: id, probability: z.number().min(0).max(1) }).nullable(),
  outcome: Outcome,
  /** The answer as it is shown: the statements, or why there are none. */
  text: z.string(),
  /** Its sentences, each with the sources that carry it. */
  statements: z.array(z.object({ text: z.string(), sources: z.array(source).min(1) })),
  /** What is cited, by its name for people; of a question that is handed over, what answers it in another language. */
  sources: z.array(z.object({ id: source, title: z.string() })),
  /** Products, as the ranker ordered them: a list of `rank.lists`, on which clicks count. Absent where none are asked for. */
  recommended: z.object({ list: id, items: z.array(z.object({ item: id, title: z.string() })) }).optional(),
  /** What was said before in the session, the oldest first, for whoever takes over. */
  conversation: z.array(Turn).optional(),
  /** What made the sentences. */
  generator: z.string(),
  /** Sentences that it made and that no source carries. */
  dropped: z.int().nonnegative(),
  spent_ms: z.number().nonnegative(),
});
export type Answer = z.infer<typeof Answer>;

/** Where in the data directory the classifier of intents is. */
export const INTENTS = ['support', 'intents'] as const;
