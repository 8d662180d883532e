import { setTimeout as sleep } from 'node:timers/promises';
import type { RankRequest } from '../../../../schemas/topics/ranking.ts';
import type { Outbox } from '../../../../streams/kafka/bus.ts';
import { cpu_ms, only, until } from '../../moves.ts';
import type { Room } from '../../suite.ts';

const USERS = 500;
const WITHIN_MS = 600_000;
const TICK_MS = 5;

/** An open loop. @returns how many were asked */
export async function ask(
  outbox: Outbox,
  name: string,
  {
    rate,
    seconds = Infinity,
    count = Infinity,
    signal,
  }: { rate: number; seconds?: number; count?: number; signal: AbortSignal },
): Promise<number> {
  const sends: Promise<void>[] = [];
  const began = performance.now();
  const all = Math.min(count, Math.round(rate * seconds));
  while (sends.length < all) {
    const due = Math.min(all, (rate * (performance.now() - began)) / 1_000);
    while (sends.length < due) {
      const n = sends.length;
      const user = `overload-u${n % USERS}`;
      const request: RankRequest = {
        ...{ v: 1, id: `overload-${name}-${n}`, at_ms: Date.now(), user, session: 's', surface: 'home', count: 20 },
      };
      sends.push(outbox.publish('rank.requests', { key: user, value: JSON.stringify(request) }));
    }
    await sleep(TICK_MS, undefined, { signal });
  }
  await Promise.all(sends);
  return sends.length;
}

/** What is looked at of a list: to parse all of them would take the processor from who makes them. */
interface Seen {
  at_ms: number;
  id: string;
  arm: string;
  queue_ms: number;
}

const LOOKED_AT = /"id":"([^"]+)".*?"arm":"([^"]+)".*"queue":(\d+)/s;

export interface Loaded {
  asked: number;
  from_ms: number;
  /** When the last one was asked. */
  to_ms: number;
  /** In the order of the broker's time. */
  lists: Seen[];
  /** What the scorer had of a processor, from time to time. */
  cpu: { at_ms: number; cpu_ms: number }[];
}

/** A load from its first request to its last list. */
export async function loaded(room: Room, name: string, load: () => Promise<number>): Promise<Loaded> {
  const { bus } = room.stack;
  const { pid } = only(room, 'scorer');
  const cpu: Loaded['cpu'] = [];
  const watch = () => cpu.push({ at_ms: Date.now(), cpu_ms: cpu_ms(pid) ?? 0 });
  watch();
  const watching = setInterval(watch, 100);
  const lists: Loaded['lists'] = [];
  const following = await bus.follow({
    topics: ['rank.lists'],
    fromEnd: true,
    apply: (_topic, _partition, record) => {
      const [, id = '', arm = '', queue] = LOOKED_AT.exec(record.value!.toString('latin1')) ?? [];
      if (id.startsWith(`overload-${name}-`))
        lists.push({ at_ms: record.timestamp_ms, id, arm, queue_ms: Number(queue) });
    },
  });
  const from_ms = Date.now();
  const asked = await load();
  const to_ms = Date.now();
  await until(() => lists.length >= asked, { within_ms: WITHIN_MS, signal: room.signal });
  clearInterval(watching);
  watch();
  await following.stop();
  lists.sort((a, b) => a.at_ms - b.at_ms);
  return { asked, from_ms, to_ms, lists, cpu };
}

/** Lists that were not degraded, for each second and for each second that the scorer had a processor. */
export interface Rate {
  per_s: number;
  per_cpu_s: number;
}

export function rateOf(lists: Loaded['lists'], { cpu }: Loaded): Rate {
  const [from_ms, to_ms] = [lists[0]?.at_ms ?? 0, lists.at(-1)?.at_ms ?? 0];
  const good = lists.filter(({ arm }) => arm !== 'fallback').length;
  const spent_ms = spentBy(cpu, to_ms) - spentBy(cpu, from_ms);
  return { per_s: (1_000 * good) / (to_ms - from_ms), per_cpu_s: (1_000 * good) / spent_ms };
}

/** Between two looks, which may come late, by a straight line. */
export function spentBy(looks: Loaded['cpu'], at_ms: number): number {
  const later = looks.findIndex(look => look.at_ms >= at_ms);
  const [a, b] = [looks[later - 1], looks[later]];
  if (!b) return looks.at(-1)!.cpu_ms;
  if (!a) return b.cpu_ms;
  return a.cpu_ms + ((b.cpu_ms - a.cpu_ms) * (at_ms - a.at_ms)) / (b.at_ms - a.at_ms);
}
