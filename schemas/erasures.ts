import { z } from 'zod';
import { at_ms } from './topics/events.ts';

/** What stands for the user in everything that outlives the erasure: a keyed hash, in hex. */
export const ErasureId = z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits');

/** An erasure of what was recorded of a user until a moment; what comes behind it is another matter. */
export const Erasing = z.object({
  erasure: ErasureId,
  until_ms: at_ms,
  /** States that were recorded later know nothing of what was before `until_ms`; absent: it is that moment. */
  forgotten_ms: at_ms.optional(),
});
export type Erasing = z.infer<typeof Erasing>;

/** Something of the user that a scan has found. */
export interface Remain {
  /** A table, a topic with its partition, or a file. */
  where: string;
  /** Rows, records, or 1. */
  count: number;
  /** When it goes by itself, by how long its topic keeps records; null where somebody has to remove it. */
  expires_ms: number | null;
  /** Others' records that name the user: these go with their log, and by no cut. */
  ofOthers?: true;
}

/** What an erasure did: as many rows and records at a time as are named here, snapshots, and the models trained on them. */
export interface Deeds {
  rows: Record<string, number>;
  records: Record<string, number>;
  snapshots: string[];
  models: string[];
}

/** How an erasure stands. `expiring`: what is left goes by itself, with the logs that have it. */
export type ErasureState = 'running' | 'expiring' | 'erased' | 'incomplete';

/**
 * The tables that have rows of users, and the topic from which each is filled. The user stands in the column `user`; in
 * dead letters it is the key of the record, or stands within its bytes.
 */
export const USER_TABLES = {
  events: 'shop.events',
  ranked_lists: 'rank.lists',
  examples: 'rank.examples',
  shadows: 'rank.shadows',
  answers: 'support.answers',
  user_features: 'features.user.snapshots',
  dead_letters: 'dead.letters',
} as const;
export type UserTable = keyof typeof USER_TABLES;
