import { TemperError } from '../../schemas/errors.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import type { RankedList } from '../../schemas/topics/ranking.ts';
import type { Storefront } from '../storefront.ts';
import { type Clock, wallClock } from './clock.ts';
import { InFlight } from './in-flight.ts';
import { Lanes } from './lanes.ts';
import { impression, type Note, type RequestInput, type Step } from './step.ts';

export interface ReplayOptions {
  steps: AsyncIterable<Step>;
  storefront: Pick<Storefront, 'publishEvent' | 'publishProduct' | 'ask'>;
  /** How many times faster than it happened. */
  speed: number | 'max';
  /** Aborted: no further step is begun; what was begun is finished. */
  signal: AbortSignal;
  /** Called some times a second. */
  onProgress?: (progress: Progress) => void;
  clock?: Clock;
}

export interface Progress {
  products: number;
  /** Published, impressions among them. */
  events: number;
  lists: number;
  unanswered: number;
  skipped: number;
  rejected: number;
  /** The recorded time that the replay has reached. */
  at_ms: number;
  /** How far it is behind the speed that was asked for. */
  behind_ms: number;
}

export interface Replayed extends Progress {
  /** The first of those that were rejected. */
  rejections: Note[];
}

/** Steps under way at once. */
const IN_FLIGHT = 256;
/**
 * How far in recorded time the newest step may run ahead of one that is under way. At full speed a list may miss what
 * other users did in that time, not more. It must stay well below the time for which a list waits for what was
 * bought from it, since the newest event that is published closes the older lists.
 */
const AHEAD_MS = 10 * 60_000;
const REJECTIONS = 20;
const PROGRESS_MS = 250;

/**
 * Carries out recorded steps through the topics, in their order for each user: a list is answered before what its user
 * did with it is published, and what a user did is acknowledged before his next list is asked for. Different users do
 * not wait for each other, within a window of 256 steps and ten recorded minutes.
 */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const { steps, storefront, signal, clock = wallClock, onProgress } = options;
  const done: Replayed = { ...NOTHING, rejections: [] };
  const begun = new InFlight(IN_FLIGHT, AHEAD_MS);
  const counter: Counter = { storefront, done, lanes: new Lanes() };
  const due_ms = pace(options.speed, clock);
  let reported_ms = clock.now_ms();
  for await (const step of steps) {
    const at_ms = timeOf(step);
    if (at_ms !== undefined) {
      const wait_ms = due_ms(at_ms) - clock.now_ms();
      await clock.sleep(wait_ms, signal);
      Object.assign(done, { at_ms, behind_ms: Math.max(0, -wait_ms) });
    }
    await begun.room(done.at_ms);
    if (signal.aborted) break;
    begun.add(carryOut(step, counter), done.at_ms);
    if (clock.now_ms() - reported_ms < PROGRESS_MS) continue;
    reported_ms = clock.now_ms();
    onProgress?.({ ...done });
  }
  await begun.settled();
  onProgress?.({ ...done });
  return done;
}

const NOTHING: Progress = {
  ...{ products: 0, events: 0, lists: 0, unanswered: 0, skipped: 0, rejected: 0 },
  ...{ at_ms: 0, behind_ms: 0 },
};

interface Counter {
  storefront: ReplayOptions['storefront'];
  done: Replayed;
  lanes: Lanes;
}

type Visit = Extract<Step, { kind: 'visit' }>;

async function carryOut(step: Step, counter: Counter): Promise<void> {
  const { storefront, done, lanes } = counter;
  switch (step.kind) {
    case 'product':
      await lanes.stock(storefront.publishProduct(step.product));
      done.products += 1;
      return;
    case 'event':
      await lanes.tell(step.event.user, () => publish(step.event, counter));
      return;
    case 'request':
      await lanes.ask(step.request.user, () => ask(step.request, counter));
      return;
    case 'visit': {
      const list = lanes.ask(step.request.user, () => ask(step.request, counter));
      await Promise.all([list, lanes.tell(step.event.user, async () => act(step, await list, counter))]);
      return;
    }
    case 'skipped':
      done.skipped += 1;
      return;
    case 'rejected': {
      const { where, reason, raw } = step;
      done.rejected += 1;
      if (done.rejections.length < REJECTIONS) done.rejections.push({ where, reason, raw });
    }
  }
}

/** A list that does not come is counted, and what the user did is published all the same. */
async function ask(request: RequestInput, { storefront, done }: Counter): Promise<RankedList | undefined> {
  try {
    const list = await storefront.ask(request);
    done.lists += 1;
    return list;
  } catch (cause) {
    if (!(cause instanceof TemperError && cause.code === 'TIMED_OUT')) throw cause;
    done.unanswered += 1;
    return undefined;
  }
}

/** The user has seen the whole list, and acts on it if what he wants is there. */
async function act({ request, event }: Visit, list: RankedList | undefined, counter: Counter): Promise<void> {
  const shown = list?.items ?? [];
  const place = shown.find(entry => 'item' in event && entry.item === event.item);
  const onList = place ? { list: request.id, position: place.position, surface: request.surface } : {};
  await Promise.all([
    ...shown.map(entry => publish(impression(request, entry), counter)),
    publish({ ...event, ...onList }, counter),
  ]);
}

async function publish(event: ShopEvent, { storefront, done }: Counter): Promise<void> {
  await storefront.publishEvent(event);
  done.events += 1;
}

/** When, by the clock, what was recorded at a time is due: the recorded gaps, divided by the speed. */
function pace(speed: number | 'max', clock: Clock): (at_ms: number) => number {
  if (speed === 'max') return () => clock.now_ms();
  let first: { at_ms: number; begun_ms: number } | undefined;
  return at_ms => {
    first ??= { at_ms, begun_ms: clock.now_ms() };
    return first.begun_ms + (at_ms - first.at_ms) / speed;
  };
}

/** Undefined for a product: a catalogue may be older than all that was recorded, and is published as it comes. */
function timeOf(step: Step): number | undefined {
  if (step.kind === 'event' || step.kind === 'visit') return step.event.at_ms;
  return step.kind === 'request' ? step.request.at_ms : undefined;
}
