import { random } from '../../models/random.ts';
import type { Bus } from '../../streams/kafka/bus.ts';

const AT_ONCE = 20_000;
/** Of each millisecond of event time. */
const EVENTS_PER_MS = 10;

/** Writes events to shop.events, in the order of their time, the last of them dated about now: one of ten is a click. */
export async function fillEvents(
  bus: Bus,
  { events, users, items }: { events: number; users: number; items: number },
): Promise<void> {
  const outbox = await bus.outbox();
  const { below } = random(1);
  const start_ms = Date.now() - Math.ceil(events / EVENTS_PER_MS);
  for (let n = 0; n < events; ) {
    const sends: Promise<void>[] = [];
    for (const end = Math.min(events, n + AT_ONCE); n < end; n++) {
      const event = eventOf(n, start_ms + Math.floor(n / EVENTS_PER_MS), { below, users, items });
      sends.push(outbox.publish('shop.events', { key: event.user, value: JSON.stringify(event) }));
    }
    await Promise.all(sends);
  }
  await outbox.stop();
}

/** Of random users on random items: one of ten is a click. @param below a whole number from 0 on and below this */
export function eventOf(
  n: number,
  at_ms: number,
  { below, users, items }: { below(end: number): number; users: number; items: number },
) {
  return {
    v: 1,
    id: `e${n}`,
    type: below(10) === 0 ? 'click' : 'impression',
    at_ms,
    user: `u${below(users)}`,
    session: `s${n % 5_000}`,
    item: `i${below(items)}`,
    list: `l${n}`,
    position: n % 10,
  };
}
