import { z } from 'zod';

const offset = z.int().nonnegative();

/** How far a rebuild of all states goes, and from where the log has the rest. */
export const Position = z.object({
  /** By source partition the next offset. */
  until: z.array(z.tuple([offset, offset])),
  /** Of each partition the offset of the users' log, and of the items', from which today's snapshots need it. */
  users: z.array(offset),
  items: z.array(offset),
  /** Archives of which all events count too, as if they had come before everything else. */
  imports: z.array(z.string()).default([]),
  /** Of what will be written: one more than the latest there is. */
  generation: z.int().positive(),
});
export type Position = z.infer<typeof Position>;

/** What there is to do. */
export interface BackfillScope {
  partitions: number;
  /** By source partition the offset behind all events that there are now. */
  least: [source: number, next: number][];
  /** Archives that count beside them. */
  imports: string[];
}

/** What a part of a backfill is about. */
export const BackfillPart = z.object({
  /** The run's id: its files lie below it. */
  run: z.string().regex(/^[\w-]+$/),
  position: Position,
  entity: z.enum(['user', 'item']),
  partition: offset,
});
export type BackfillPart = z.infer<typeof BackfillPart>;

/** How rebuilt states agree with those that serve, where both read the log to one offset. */
export interface BackfillComparison {
  keys: number;
  /** Values of features that are not to be backfilled. */
  compared: number;
  different: number;
  /** Where the first of them was. */
  example: { key: string; feature: string; serving: number; rebuilt: number } | null;
  /** Keys to which the backfill brings something. */
  changed: number;
  /** The rebuilt states beside what the declared SQL makes of the same events. */
  bySql: SqlComparison;
}

/** Of keys that a hash draws from the archive, all values. */
export interface SqlComparison {
  keys: number;
  compared: number;
  different: number;
  example: { key: string; feature: string; rebuilt: number; sql: number } | null;
}
