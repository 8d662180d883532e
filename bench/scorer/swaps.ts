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
  /** Of both p99, during by between. */
  p99_ratio: number;
  /** From the promotion until the first list of its model was read. */
  promotion_to_list_ms: { p50: number; p99: number };
  /** Resident, behind a collection. */
  rss_slope_mb_per_swap: number;
  rss_mb: { first: number; last: number };
  requests: number;
  requests_during: number;
  requests_between: number;
  requests_per_second: number;
  load: number;
}

/** A session and its bytes are some 0.3 MB: a swap that kept them would show. */
export const GROWTH_MB = 0.1;
/** Of p99 during swaps by that between them. */
const RATIO = 1.2;
/** Models that follow each other. */
export const MODELS = 8;
/** Before the first swap, at full load, with each model once: what grows by warming up must not look like a leak. */
const BEFORE_MS = 20_000;
/** After so many swaps memory is looked at. */
const LOOK_EVERY = 10;
/** Reports come once a second. */
const REPORTED_MS = 2_000;

interface Swap {
  model: string;
  at: number;
}

/** Whether swaps were so far apart that it can be told who waited during one: with longer waits, all did. */
export function tellsRatio({ p99_between_ms }: SwapFigures, { every_ms }: Pick<SwapOptions, 'every_ms'>): boolean {
  return p99_between_ms < every_ms / 2;
}

/** What has to hold and does not, in words. */
export function brokenIn(figures: SwapFigures, wanted: Pick<SwapOptions, 'swaps' | 'every_ms'>): string[] {
  const { swaps, failed, p99_between_ms, p99_ratio, rss_slope_mb_per_swap } = figures;
  return [
    ...(swaps < wanted.swaps ? [`${swaps} of ${wanted.swaps} swaps came`] : []),
    ...(failed > 0 ? [`${failed} requests failed`] : []),
    ...(tellsRatio(figures, wanted)
      ? []
      : [`requests waited for ${p99_between_ms} ms, and a swap came every ${wanted.every_ms}`]),
    ...(p99_ratio <= RATIO ? [] : [`p99 during swaps is ${p99_ratio} times that between them, more than ${RATIO}`]),
    ...(rss_slope_mb_per_swap <= GROWTH_MB ? [] : [`memory grew by ${rss_slope_mb_per_swap} MB for each swap`]),
  ];
}

export async function benchSwaps(embedded: Embedded, options: SwapOptions): Promise<SwapFigures> {
  const room = await openRoom(embedded, MODELS);
  try {
    await warmUp(room);
    return await measureSwaps(room, options);
  } finally {
    await room.stop();
  }
}

export interface SwapOptions {
  swaps: number;
  every_ms: number;
  /** As a share of what the scorer answers, which is measured first. */
  load: number;
}

/**
 * Champions that follow each other under a load, open loop. A request counts as during a swap where it waited between the
 * promotion and the first list of the promoted model; as between swaps, where it waited in as long a time that begins
 * midway to the next promotion. All others count as neither: a request that waits long meets any stretch of time more
 * often than one that waits for a moment, so that those who met a swap would have waited longer than the rest in any case.
 * Memory is looked at in a pause of its own, in which a collection holds nobody up who counts.
 */
export async function measureSwaps(
  room: Pick<Room, 'bus' | 'shop' | 'models' | 'promote' | 'board' | 'resident_mb'>,
  { swaps, every_ms, load }: SwapOptions,
): Promise<SwapFigures> {
  const { board, models, promote } = room;
  const most = await capacity(room);
  const rate = Math.max(1, Math.round(most * load));
  progress(`${Math.round(most)} requests a second are answered; ${rate} are asked`);
  const exchange = await openExchange(room.bus, SCORER, room.shop);
  const pauses = Math.ceil(swaps / LOOK_EVERY);
  const asking = exchange.ask({ rate, seconds: Math.ceil((BEFORE_MS + (swaps + pauses) * every_ms) / 1_000) });
  for (const model of models) {
    await promote(model);
    await sleep(BEFORE_MS / models.length);
  }
  const begun = board.count('scorer', 'swaps');
  const { promoted, points } = await promoteAll(room, swaps, every_ms);
  const asked = await asking;
  await sleep(REPORTED_MS);
  await exchange.stop();
  return {
    ...figuresOf(asked, promoted, every_ms),
    swaps: board.count('scorer', 'swaps') - begun,
    rss_slope_mb_per_swap: rounded(slope(points), 4),
    rss_mb: { first: Math.round(points[0]![1]), last: Math.round(points.at(-1)![1]) },
    requests_per_second: rate,
    load,
  };
}

async function promoteAll(
  { models, promote, resident_mb }: Pick<Room, 'models' | 'promote' | 'resident_mb'>,
  swaps: number,
  every_ms: number,
) {
  const promoted: Swap[] = [];
  const points: [swap: number, rss_mb: number][] = [];
  const started = performance.now();
  const untilTurn = (turn: number) => sleep(Math.max(0, started + turn * every_ms - performance.now()));
  for (let n = 0; n < swaps; n++) {
    const next = models[n % models.length]!;
    promoted.push({ model: next.model, at: performance.now() });
    await promote(next);
    await untilTurn(n + 1 + points.length);
    if (n % LOOK_EVERY > 0) continue;
    points.push([n, await resident_mb()]);
    await untilTurn(n + 1 + points.length);
  }
  return { promoted, points };
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
    p99_ratio: rounded(p_during.p99 / p_between.p99),
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
