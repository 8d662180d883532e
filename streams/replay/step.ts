import type { z } from 'zod';
import { Product, type ProductInput, ShopEvent } from '../../schemas/topics/events.ts';
import { RankRequest } from '../../schemas/topics/ranking.ts';
import { Refused } from './refused.ts';

/** What a recorded file says, in the words of the topics. A reader makes steps; the replay carries them out. */
export type Step =
  | { kind: 'product'; product: ProductInput }
  | { kind: 'event'; event: ShopEvent }
  /** Ask for a list, or have one logged that the shop had shown. What the user did with it follows as events. */
  | { kind: 'request'; request: RequestInput }
  /**
   * The file has no lists, so the replay asks for one just before the event, as a storefront would have. The list's
   * impressions are published, and the event stands on the list if its item does.
   */
  | { kind: 'visit'; request: RequestInput; event: ShopEvent }
  /** Understood, and of no use to Temper. */
  | ({ kind: 'skipped' } & Note)
  | ({ kind: 'rejected' } & Note);

export type RequestInput = z.input<typeof RankRequest>;

export interface Note {
  /** `line 12`. */
  where: string;
  reason: string;
  /** The beginning of what was read. */
  raw: string;
}

export function productStep(product: ProductInput): Step {
  check(Product, product);
  return { kind: 'product', product };
}

/** @param event as far as the file tells it; the schema has the last word */
export function eventStep(event: unknown): Step {
  return { kind: 'event', event: checkedEvent(event) };
}

export function requestStep(request: RequestInput): Step {
  check(RankRequest, request);
  return { kind: 'request', request };
}

/** A list that the shop had shown: the request that has it logged, then an impression for each of its places. */
export function shownSteps(request: RequestInput): Step[] {
  return [requestStep(request), ...(request.shown ?? []).map(place => eventStep(impression(request, place)))];
}

export function checkedEvent(event: unknown): ShopEvent {
  return check(ShopEvent, event);
}

/** The impression of one place of a list. Its id follows from the list's, so that a second replay repeats it. */
export function impression(
  { id, at_ms, user, session, surface }: Pick<RequestInput, 'id' | 'at_ms' | 'user' | 'session' | 'surface'>,
  { item, position }: { item: string; position: number },
): ShopEvent {
  return { v: 1, id: `${id}/${position}`, type: 'impression', at_ms, user, session, surface, item, list: id, position };
}

/** What a catalogue must say at least, of an item that the file only names. */
export function bareProduct(item: string, at_ms: number): ProductInput {
  return { v: 1, item, at_ms, title: item, category: 'unknown' };
}

function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 3);
  throw new Refused(problems.map(issue => `${issue.path.join('.') || 'record'}: ${issue.message}`).join('; '));
}
