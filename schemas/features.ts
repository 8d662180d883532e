import { z } from 'zod';
import { at_ms, EVENT_TYPES, id } from './events.ts';

/**
 * What is remembered of an item, as of `at_ms`, the newest event that was seen: the cells of each aggregate by its name,
 * those that are not 0. By name, so that a record can be read whatever was declared when it was written.
 */
export const ItemState = z.object({
  at_ms,
  cells: z.record(z.string(), z.union([z.number(), z.array(z.number())])),
});
export type ItemState = z.infer<typeof ItemState>;

/**
 * A user's state also has the last events on items (newest first), the items that were touched last, each with the
 * newest event on it, and hashes of the ids of the last events.
 */
export const UserState = ItemState.extend({
  recent: z.array(
    z.object({
      id,
      item: id,
      type: z.enum(EVENT_TYPES),
      at_ms,
      /** Its hash. */
      session: z.number().optional(),
    }),
  ),
  history: z.array(z.object({ item: id, type: z.enum(EVENT_TYPES), at_ms })).default([]),
  seen: z.array(z.number()),
});
export type UserState = z.infer<typeof UserState>;

/** Of a compacted features topic. `applied`: the last offset of each source partition that the state contains. */
const record = {
  v: z.literal(2),
  applied: z.record(z.string(), z.number()),
  /** Broker time of the newest event in the state, from which freshness is measured. */
  event_ms: z.number(),
};
export const UserFeatures = z.object({ ...record, user: id, state: UserState });
export type UserFeatures = z.infer<typeof UserFeatures>;

export const ItemFeatures = z.object({ ...record, item: id, state: ItemState });
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
  /** Hashes of the user, and of the query that led there. */
  user: z.number().optional(),
  query: z.number().optional(),
  position: z.number().optional(),
  value: z.number().optional(),
});
export type ItemUpdate = z.infer<typeof ItemUpdate>;
