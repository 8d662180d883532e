import { setTimeout as sleep } from 'node:timers/promises';
import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import { LIMITS } from '../../../../schemas/limits.ts';
import type { RankRequest } from '../../../../schemas/topics/ranking.ts';
import type { Outbox } from '../../../../streams/kafka/bus.ts';
import { cpu_ms, only, round, until } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { percentile } from '../../traffic.ts';
import { openServingRoom } from './room.ts';

const PRODUCTS = 1_000;
const USERS = 500;
const TIMES = 5;
/** Requests by which the peak is found; fewer than are late before they are answered. */
const BURST = 1_000;
const SECONDS = 25;
/** Until then the queue fills up, and all lists are still in time. */
const FILLING_MS = LIMITS.request_patience_ms + 2_000;
const LEAST = 0.9;
const WITHIN_MS = 600_000;
const TICK_MS = 5;

export const OVERLOAD: Fault = {
  number: 24,
  name: 'overload',
  inject: `${TIMES} times as many requests as the scorer works off, whatever becomes of them, for ${SECONDS} s`,
  expect: 'goodput at least 90 % of the peak, the rest degraded and marked',
  jobs: ['features', 'sinks', 'scorer'],
  traffic: { requests_per_s: 2, events_per_s: 20 },
  async run(room) {
    const serving = await openServingRoom(room);
    const { stack, signal, progress } = room;
    const outbox = await stack.bus.outbox();
    try {
      await fillShop(room, outbox);
      await serving.promote(await serving.plant('serves', benchRanker(1)));
      const served = () => serving.board.note('scorer', 'champion') === 'serves';
      const known = () => (serving.board.gauge('scorer', 'products') ?? 0) >= PRODUCTS;
      await ask(outbox, 'warm', { rate: 50, seconds: 10, signal });
      await until(() => served() && known(), { within_ms: WITHIN_MS, signal });

      const burst = await loaded(room, 'burst', () => ask(outbox, 'burst', { rate: Infinity, count: BURST, signal }));
      const peak = rateOf(burst.lists.slice(BURST / 2), burst);
      progress(`at its peak ${round(peak.per_s)} lists a second, ${round(peak.per_cpu_s)} a CPU-second`);
      const rate = TIMES * peak.per_s;
      const over = await loaded(room, 'over', () => ask(outbox, 'over', { rate, seconds: SECONDS, signal }));
      const steady = over.lists.filter(({ at_ms }) => at_ms > over.from_ms + FILLING_MS && at_ms < over.to_ms);
      const good = rateOf(steady, over);
      const broken: string[] = [];
      const share = good.per_cpu_s / peak.per_cpu_s;
      if (share < LEAST) broken.push(`goodput is ${round(100 * share)} % of the peak`);
      const late = over.lists.filter(({ queue_ms }) => queue_ms > LIMITS.request_patience_ms);
      const unmarked = late.filter(({ arm }) => arm !== 'fallback').length;
      if (unmarked > 0) broken.push(`${unmarked} late lists are not marked`);
      const unanswered = over.asked - new Set(over.lists.map(({ id }) => id)).size;
      if (unanswered > 0) broken.push(`${unanswered} of ${over.asked} requests got no list`);
      const accepted = over.lists.filter(({ arm }) => arm !== 'fallback');
      const measured = {
        peak_per_s: round(peak.per_s),
        goodput_per_s: round(good.per_s),
        peak_per_cpu_s: round(peak.per_cpu_s),
        goodput_per_cpu_s: round(good.per_cpu_s),
        asked: over.asked,
        accepted: accepted.length,
        degraded: over.lists.length - accepted.length,
        accepted_p99_ms: round(
          percentile(
            accepted.map(({ queue_ms }) => queue_ms),
            0.99,
          ),
        ),
      };
      return { broken, measured };
    } finally {
      await outbox.stop();
      await serving.close();
    }
  },
};

async function fillShop({ traffic }: Room, outbox: Outbox): Promise<void> {
  const at_ms = Date.now();
  await Promise.all(
    Array.from({ length: PRODUCTS }, (_, n) => {
      const item = `${traffic.prefix}-p${n}`;
      const product = { v: 1, item, at_ms, title: `thing ${n}`, category: `c${n % 20}`, brand: `b${n % 50}`, price: n };
      return outbox.publish('shop.catalogue', { key: item, value: JSON.stringify(product) });
    }),
  );
}

/** An open loop. @returns how many were asked */
async function ask(
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

interface Loaded {
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
async function loaded(room: Room, name: string, load: () => Promise<number>): Promise<Loaded> {
  const { bus } = room.stack;
  const { pid } = only(room, 'scorer');
  const cpu: Loaded['cpu'] = [];
  const watch = () => cpu.push({ at_ms: Date.now(), cpu_ms: cpu_ms(pid) ?? 0 });
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
  await following.stop();
  lists.sort((a, b) => a.at_ms - b.at_ms);
  return { asked, from_ms, to_ms, lists, cpu };
}

/** Lists that were not degraded, for each second and for each second that the scorer had a processor. */
function rateOf(lists: Loaded['lists'], { cpu }: Loaded): { per_s: number; per_cpu_s: number } {
  const [from_ms, to_ms] = [lists[0]?.at_ms ?? 0, lists.at(-1)?.at_ms ?? 0];
  const within = cpu.filter(({ at_ms }) => at_ms >= from_ms && at_ms <= to_ms);
  const good = lists.filter(({ arm }) => arm !== 'fallback').length;
  const share = (within.at(-1)!.at_ms - within[0]!.at_ms) / (to_ms - from_ms);
  const spent_s = (within.at(-1)!.cpu_ms - within[0]!.cpu_ms) / 1_000 / share;
  return { per_s: (1_000 * good) / (to_ms - from_ms), per_cpu_s: good / spent_s };
}
