import type { EventType } from '../../schemas/events.ts';
import type { Counts } from '../../schemas/features.ts';

/**
 * A half-life count: each event of these types adds 1, and what was added halves every `halfLife_ms`.
 * At time t its value is sum over events of 2^(-(t - at) / halfLife): the order of the events does not matter,
 * so a late event is counted exactly.
 */
export interface HalfLifeCount {
  name: string;
  types: readonly EventType[];
  halfLife_ms: number;
  describes: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function counts(entity: string, declared: Record<string, readonly EventType[]>): HalfLifeCount[] {
  const halfLives = { '10m': 10 * MINUTE_MS, '1d': DAY_MS };
  return Object.entries(declared).flatMap(([what, types]) =>
    Object.entries(halfLives).map(([label, halfLife_ms]) => ({
      name: `${entity}.${what}.${label}`,
      types,
      halfLife_ms,
      describes: `${what} of the ${entity}, halving every ${label}`,
    })),
  );
}

/**
 * The default set. To add a count, add a line at the end: the jobs, the vector and the docs take it from here, and
 * states that were stored before are read by place.
 */
export const USER_COUNTS: readonly HalfLifeCount[] = counts('user', {
  impressions: ['impression'],
  clicks: ['click', 'view'],
  carts: ['cart'],
  purchases: ['purchase'],
});
export const ITEM_COUNTS: readonly HalfLifeCount[] = counts('item', {
  impressions: ['impression'],
  clicks: ['click'],
  views: ['view'],
  carts: ['cart'],
  purchases: ['purchase'],
  dismissals: ['dismiss', 'return'],
});

/** A count's value at `now_ms`. Before the newest event (a request that was late) nothing has decayed yet. */
export function countAt(
  state: Counts | undefined,
  declared: readonly HalfLifeCount[],
  index: number,
  now_ms: number,
): number {
  const sum = state?.sums[index] ?? 0;
  return sum === 0 || !state ? 0 : sum * decay(declared[index]!, now_ms - state.at_ms);
}

/** All counts' values at `now_ms`, in their order: one power for each half-life, not for each count. */
export function countsAt(state: Counts | undefined, declared: readonly HalfLifeCount[], now_ms: number): number[] {
  const decays = new Map<number, number>();
  return declared.map((count, index) => {
    const sum = state?.sums[index] ?? 0;
    if (sum === 0 || !state) return 0;
    const decayed = decays.get(count.halfLife_ms) ?? decay(count, now_ms - state.at_ms);
    decays.set(count.halfLife_ms, decayed);
    return sum * decayed;
  });
}

/** Adds one event. The sums are kept as of the newest event: older sums decay to it, a late event comes in decayed. */
export function addTo<S extends Counts>(
  state: S,
  declared: readonly HalfLifeCount[],
  event: { type: EventType; at_ms: number },
): S {
  const later_ms = event.at_ms - state.at_ms;
  const sums = declared.map((count, index) => {
    const sum = state.sums[index] ?? 0;
    const before = later_ms > 0 && sum !== 0 ? sum * decay(count, later_ms) : sum;
    return count.types.includes(event.type) ? before + (later_ms >= 0 ? 1 : decay(count, -later_ms)) : before;
  });
  return { ...state, at_ms: Math.max(state.at_ms, event.at_ms), sums };
}

function decay(count: HalfLifeCount, elapsed_ms: number): number {
  return elapsed_ms <= 0 ? 1 : 2 ** (-elapsed_ms / count.halfLife_ms);
}
