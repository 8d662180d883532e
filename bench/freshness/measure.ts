import { setTimeout as sleep } from 'node:timers/promises';
import { supervise } from '../../cli/stack/supervisor.ts';
import { random } from '../../models/random.ts';
import { followBoard } from '../../streams/board.ts';
import type { Outbox } from '../../streams/kafka/bus.ts';
import type { Embedded } from '../embedded.ts';
import { eventOf, fillEvents } from '../features/fill.ts';
import { isRead } from '../features/is-read.ts';

export interface FreshnessFigures {
  /** What came while it was measured. */
  events_per_second: number;
  click_to_feature_ms: { p50: number; p99: number };
}

const USERS = 20_000;
const ITEMS = 5_000;
/** By so many events the capacity is measured. */
const BACKLOG = 200_000;
const POLL_MS = 100;
/** For how long the feature job works before it is measured: its code is compiled then, and its partitions are open. */
const WARM_UP_MS = 10_000;
/** For so long a scorer that has started has nothing to do, so that what it read is behind it. */
const SETTLED_MS = 2_000;
/** So long apart events are sent, those of the time together. */
const TURN_MS = 5;
/** The jobs report once a second. */
const REPORTED_MS = 2_500;

/**
 * Events a second that the feature job works off while a scorer follows it, each a process of its own. Their start
 * counts, so it is rather too low.
 */
export async function capacity({ bus, config }: Embedded): Promise<number> {
  await fillEvents(bus, { events: BACKLOG, users: USERS, items: ITEMS });
  const started = performance.now();
  const jobs = await supervise(['features', 'scorer'], config);
  while (!(await isRead(bus, 'temper.features.users', 'shop.events'))) await sleep(POLL_MS);
  const seconds = (performance.now() - started) / 1_000;
  await jobs.stop();
  return BACKLOG / seconds;
}

/**
 * From the broker's time of an event until a scorer holds the features that contain it, under a steady load of such events
 * as the capacity is measured by. The feature job has been at work for a while, and the scorer has read what was made
 * meanwhile, when the events begin that count: jobs tell their timings since their start, and a scorer that starts amid
 * events is behind them for seconds.
 */
export async function benchFreshness(
  { bus, config }: Embedded,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<FreshnessFigures> {
  const { board, stop } = await followBoard(bus);
  const features = await supervise(['features'], config);
  const before = startEvents(await bus.outbox(), rate);
  await sleep(WARM_UP_MS);
  await before.stop();
  while (!(await isRead(bus, 'temper.features.users', 'shop.events'))) await sleep(POLL_MS);
  const scorer = await supervise(['scorer'], config);
  await sleep(SETTLED_MS);
  const events = startEvents(await bus.outbox(), rate);
  const from_ms = Date.now();
  await sleep(seconds * 1_000);
  const events_per_second = Math.round((events.sent() * 1_000) / (Date.now() - from_ms));
  await events.stop();
  await sleep(REPORTED_MS);
  const timing = board.timing('scorer', 'click_to_feature');
  await Promise.all([features.stop(), scorer.stop()]);
  await stop();
  if (!timing) throw new Error('the scorer has not reported when features came');
  return { events_per_second, click_to_feature_ms: timing };
}

/** So many events a second until it is stopped. */
function startEvents(outbox: Outbox, rate: number): { sent(): number; stop(): Promise<void> } {
  const { below } = random(2);
  const started_ms = Date.now();
  const sends: Promise<void>[] = [];
  let stopped = false;
  const send = (n: number): void => {
    const event = { ...eventOf(n, Date.now(), { below, users: USERS, items: ITEMS }), id: `f${started_ms}-${n}` };
    sends.push(outbox.publish('shop.events', { key: event.user, value: JSON.stringify(event) }));
  };
  const sending = (async () => {
    while (!stopped) {
      const due = ((Date.now() - started_ms) * rate) / 1_000;
      while (sends.length < due) send(sends.length);
      await sleep(TURN_MS);
    }
  })();
  return {
    sent: () => sends.length,
    async stop() {
      stopped = true;
      await sending;
      await Promise.all(sends);
      await outbox.stop();
    },
  };
}
