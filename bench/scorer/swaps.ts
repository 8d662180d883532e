import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from '../../cli/output.ts';
import type { Embedded } from '../embedded.ts';
import { capacity, SCORER, warmUp } from './backlog.ts';
import { type Asked, openExchange, waitsOf } from './exchange.ts';
import { quantiles, rounded, slope } from './figures.ts';
import { openRoom, type Room } from './room.ts';

export interface SwapFigures {
  swaps: number;
  /** Requests without a list, or with one that the champion did not order. */
  failed: number;
  p50_between_ms: number;
  p99_between_ms: number;
  p50_during_ms: number;
  p99_during_ms: number;
  /** From the promotion until the first list of its model was read. */
  promotion_to_list_ms: { p50: number; p99: number };
  rss_slope_mb_per_swap: number;
  rss_mb: { first: number; last: number };
  requests: number;
  requests_during: number;
  requests_between: number;
  requests_per_second: number;
  load: number;
}

const MODELS = 8;
/** Before the first swap, at full load: what grows by warming up must not look like a leak. */
const BEFORE_MS = 20_000;
const REPORT_MS = 1_000;

interface Swap {
  model: string;
  at: number;
}

/**
 * Champions that follow each other under a load, open loop. A request counts as during a swap where it waited between the
 * promotion and the first list of the promoted model; as between swaps, where it waited in as long a time that begins
 * midway to the next promotion. All others count as neither: a request that waits long meets any stretch of time more
 * often than one that waits for a moment, so that those who met a swap would have waited longer than the rest in any case.
 */
export async function benchSwaps(
  embedded: Embedded,
  { swaps, every_ms, load }: { swaps: number; every_ms: number; load: number },
): Promise<SwapFigures> {
  const room = await openRoom(embedded, MODELS);
  try {
    await warmUp(room);
    const most = await capacity(room);
    const rate = Math.max(1, Math.round(most * load));
    progress(`${Math.round(most)} requests a second are answered; ${rate} are asked`);
    const exchange = await openExchange(room.bus, SCORER, room.shop);
    const asking = exchange.ask({ rate, seconds: Math.ceil((BEFORE_MS + swaps * every_ms) / 1_000) });
    await sleep(BEFORE_MS);
    const begun = room.board.count('scorer', 'swaps');
    const memory = watchMemory(room);
    const promoted = await promoteAll(room, swaps, every_ms);
    const asked = await asking;
    await sleep(2 * REPORT_MS);
    const points = memory.stop();
    await exchange.stop();
    return {
      ...figuresOf(asked, promoted, every_ms),
      swaps: room.board.count('scorer', 'swaps') - begun,
      rss_slope_mb_per_swap: rounded(slope(points), 4),
      rss_mb: { first: Math.round(points[0]![1]), last: Math.round(points.at(-1)![1]) },
      requests_per_second: rate,
      load,
    };
  } finally {
    await room.stop();
  }
}

async function promoteAll({ models, promote }: Room, swaps: number, every_ms: number): Promise<Swap[]> {
  const promoted: Swap[] = [];
  const started = performance.now();
  for (let n = 0; n < swaps; n++) {
    const next = models[(n + 1) % models.length]!;
    promoted.push({ model: next.model, at: performance.now() });
    await promote(next);
    await sleep(Math.max(0, started + (n + 1) * every_ms - performance.now()));
    if ((n + 1) % 50 === 0) progress(`${n + 1} of ${swaps} promoted`);
  }
  return promoted;
}

/** What the scorer's process holds, by the number of its swaps. */
function watchMemory({ board }: Room): { stop(): [swaps: number, rss_mb: number][] } {
  const points: [number, number][] = [];
  const look = () => points.push([board.count('scorer', 'swaps'), board.gauge('scorer', 'rss_mb')!]);
  look();
  const timer = setInterval(look, REPORT_MS);
  return {
    stop() {
      clearInterval(timer);
      return points;
    },
  };
}

function figuresOf(asked: readonly Asked[], promoted: readonly Swap[], every_ms: number) {
  const read = asked.filter(({ wait_ms }) => wait_ms !== undefined).sort((a, b) => endOf(a) - endOf(b));
  const windows = promoted.map(({ model, at }) => {
    const first = read.find(each => endOf(each) > at && each.head.includes(`"model":"${model}"`));
    return { from: at, to: first ? endOf(first) : Number.POSITIVE_INFINITY };
  });
  const during = asked.filter(each => meets(each, windows, 0));
  const between = asked.filter(each => meets(each, windows, every_ms / 2));
  const [p_during, p_between] = [quantiles(waitsOf(during)), quantiles(waitsOf(between))];
  return {
    failed: asked.filter(({ head }) => !head.includes('"arm":"champion"')).length,
    p50_between_ms: p_between.p50,
    p99_between_ms: p_between.p99,
    p50_during_ms: p_during.p50,
    p99_during_ms: p_during.p99,
    promotion_to_list_ms: quantiles(windows.map(({ from, to }) => to - from)),
    requests: asked.length,
    requests_during: during.length,
    requests_between: between.length,
  };
}

/** Whether a request waited in one of the windows, each that much later. */
function meets(asked: Asked, windows: readonly { from: number; to: number }[], later_ms: number): boolean {
  return windows.some(({ from, to }) => asked.at <= to + later_ms && endOf(asked) >= from + later_ms);
}

function endOf({ at, wait_ms }: Asked): number {
  return at + (wait_ms ?? Number.POSITIVE_INFINITY);
}
