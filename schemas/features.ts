import { z } from 'zod';
import { at_ms, EVENT_TYPES, id } from './events.ts';

/**
 * What is remembered of an entity: one decayed sum per declared count, all of them as of `at_ms`,
 * the newest event that was seen.
 */
export const Counts = z.object({ at_ms, sums: z.array(z.number()) });
export type Counts = z.infer<typeof Counts>;

/** A user's state: counts, the last events on items (newest first), and the ids of the last events. */
export const UserState = Counts.extend({
  recent: z.array(z.object({ id, item: id, type: z.enum(EVENT_TYPES), at_ms })),
  seen: z.array(id),
});
export type UserState = z.infer<typeof UserState>;

/** Of a compacted features topic. `applied`: the last offset of each source partition that the state contains. */
export const UserFeatures = z.object({
  v: z.literal(1),
  user: id,
  applied: z.record(z.string(), z.number()),
  /** Broker time of the newest event in the state, from which freshness is measured. */
  event_ms: z.number(),
  state: UserState,
});
export type UserFeatures = z.infer<typeof UserFeatures>;

export const ItemFeatures = z.object({
  v: z.literal(1),
  item: id,
  applied: z.record(z.string(), z.number()),
  event_ms: z.number(),
  state: Counts,
});
export type ItemFeatures = z.infer<typeof ItemFeatures>;

/** An accepted event on its way to its item's partition, with the position from which it came. */
export const ItemUpdate = z.object({
  v: z.literal(1),
  item: id,
  type: z.enum(EVENT_TYPES),
  at_ms,
  event_ms: z.number(),
  partition: z.int().nonnegative(),
  offset: z.number(),
});
export type ItemUpdate = z.infer<typeof ItemUpdate>;
