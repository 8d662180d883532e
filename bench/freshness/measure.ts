import { setTimeout as sleep } from 'node:timers/promises';
import { followBoard } from '../../cli/stack/board.ts';
import { supervise } from '../../cli/stack/supervisor.ts';
import { random } from '../../models/random.ts';
import type { Embedded } from '../embedded.ts';
import { fillEvents } from '../features/fill.ts';
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

/** From the broker's time of an event until a scorer holds the features that contain it, under a steady load of clicks. */
export async function benchFreshness(
  { bus, config }: Embedded,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<FreshnessFigures> {
  const { board, stop } = await followBoard(bus);
  const jobs = await supervise(['features', 'scorer'], config);
  const outbox = await bus.outbox();
  const { below } = random(2);
  const started_ms = Date.now();
  const sends: Promise<void>[] = [];
  for (let n = 0; n < rate * seconds; n++) {
    const user = `f${below(USERS)}`;
    const event = {
      v: 1,
      id: `f${started_ms}-${n}`,
      type: 'click',
      at_ms: Date.now(),
      user,
      session: 's',
      item: `i${below(ITEMS)}`,
    };
    sends.push(outbox.publish('shop.events', { key: user, value: JSON.stringify(event) }));
    const ahead_ms = (n * 1_000) / rate - (Date.now() - started_ms);
    if (ahead_ms > 5) await sleep(ahead_ms);
  }
  await Promise.all(sends);
  const took = (Date.now() - started_ms) / 1_000;
  await sleep(REPORTED_MS);
  const timing = board.timing('scorer', 'click_to_feature');
  await outbox.stop();
  await jobs.stop();
  await stop();
  if (!timing) throw new Error('the scorer has not reported when features came');
  return { events_per_second: Math.round(sends.length / took), click_to_feature_ms: timing };
}
