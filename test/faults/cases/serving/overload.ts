import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import { LIMITS } from '../../../../schemas/limits.ts';
import type { Outbox } from '../../../../streams/kafka/bus.ts';
import { round, until } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { percentile } from '../../traffic.ts';
import { ask, loaded, type Rate, rateOf } from './open-loop.ts';
import { openServingRoom } from './room.ts';

const PRODUCTS = 1_000;
const TIMES = 5;
/** Requests of a burst; fewer than are late before they are answered. */
const BURST = 1_000;
const LEAST_IN_TIME = 100;
/** So many bursts, until the last three were no better by a twentieth than those before: all is compiled by then. */
const BURSTS = { most: 12, still: 3, gain: 1.05 };
/**
 * Then requests come as they do in the overload, whatever becomes of those before, so many for each of a burst's lists.
 * While a burst is worked off nobody asks, and all of the processor's caches are the scorer's: that is no peak that any
 * load could reach.
 */
const STEPS = { shares: [0.6, 0.8, 1, 1.2, 1.4], seconds: 8, filling_ms: 2_000 };
const SECONDS = 25;
/** Until then the queue fills up, and all lists are still in time. */
const FILLING_MS = LIMITS.request_patience_ms + 2_000;
const LEAST = 0.9;
const WITHIN_MS = 600_000;

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

      const burst = await burstOf(room, outbox);
      progress(`a burst comes to ${round(burst.per_s)} lists a second, ${round(burst.per_cpu_s)} a CPU-second`);
      const peak = await peakOf(room, outbox, burst);
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
      if (accepted.length === over.lists.length) broken.push('no list was degraded: it was no overload');
      const measured = {
        burst_per_cpu_s: round(burst.per_cpu_s),
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

/** What a scorer comes to whose code is compiled and for whom nobody else works: the middle one of the last bursts. */
async function burstOf(room: Room, outbox: Outbox): Promise<Rate> {
  const { signal } = room;
  const rates: Rate[] = [];
  const bestOf = (some: Rate[]) => Math.max(0, ...some.map(({ per_cpu_s }) => per_cpu_s));
  const isStill = () =>
    rates.length > BURSTS.still &&
    bestOf(rates.slice(-BURSTS.still)) < BURSTS.gain * bestOf(rates.slice(0, -BURSTS.still));
  while (rates.length < BURSTS.most && !isStill()) {
    const name = `burst${rates.length}`;
    const burst = await loaded(room, name, () => ask(outbox, name, { rate: Infinity, count: BURST, signal }));
    const inTime = burst.lists.filter(({ arm }) => arm !== 'fallback'); // on a busy machine the end of a burst is late
    if (inTime.length < LEAST_IN_TIME)
      throw new Error(`${inTime.length} of ${BURST} lists were in time: no peak is to be found`);
    rates.push(rateOf(inTime.slice(inTime.length / 2), burst));
  }
  const last = rates.slice(-BURSTS.still).sort((a, b) => a.per_cpu_s - b.per_cpu_s);
  return last[Math.floor(last.length / 2)]!;
}

/** The most lists in time for a second, and for a second that the scorer had a processor, under any steady load. */
async function peakOf(room: Room, outbox: Outbox, burst: Rate): Promise<Rate> {
  const { signal } = room;
  const { shares, seconds, filling_ms } = STEPS;
  const peak: Rate = { per_s: 0, per_cpu_s: 0 };
  for (const share of shares) {
    const name = `step${share}`;
    const rate = share * burst.per_s;
    const step = await loaded(room, name, () => ask(outbox, name, { rate, seconds, signal }));
    const steady = step.lists.filter(({ at_ms }) => at_ms > step.from_ms + filling_ms && at_ms < step.to_ms);
    const { per_s, per_cpu_s } = rateOf(steady, step);
    room.progress(`of ${round(rate)} a second ${round(per_s)} in time, ${round(per_cpu_s)} a CPU-second`);
    peak.per_s = Math.max(peak.per_s, per_s);
    peak.per_cpu_s = Math.max(peak.per_cpu_s, per_cpu_s);
  }
  return peak;
}

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
