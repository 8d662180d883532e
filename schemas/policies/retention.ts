import { z } from 'zod';

/** Days after which something goes; null: it is kept until somebody deletes it. */
const days = (otherwise: number | null, least = 1) => z.number().min(least).max(36_500).nullable().default(otherwise);

/** Topics whose records go by their age, and whose age a shop may choose. */
export const AGED_TOPICS = [
  ...([
    'raw.events',
    'raw.requests',
    'raw.lists',
    'shop.events',
    'rank.requests',
    'rank.lists',
    'rank.shadows',
  ] as const),
  ...(['support.answers', 'rank.examples', 'ads.claims', 'ads.charges', 'dead.letters', 'job.metrics'] as const),
];

/**
 * How long things are kept, in days since Temper has them. What is said here of rows holds in ClickHouse, of topics in Kafka,
 * and of files in the data directory of each worker and in the registry's bucket.
 */
export const Retention = z.strictObject({
  events: days(null),
  /** Ranked lists with their features. */
  lists: days(null),
  examples: days(null),
  answers: days(null),
  dead_letters: days(null),
  /** Values of features as they were at some moments. */
  features: days(90),
  shadows: days(90),
  /** The record of erasures: hashes, and what was deleted. One that waits for logs to expire runs for weeks, and needs it. */
  erasures: days(null, 30),
  /**
   * Snapshots of examples, but for those of who serves or is on trial. Without its snapshot a model is not reproduced, and
   * what waits for approval is not judged, as long as its workbench may wait.
   */
  snapshots: days(null, 15),
  /** What trainings have left on their workbenches; a trial may take two weeks. */
  candidates: days(null, 15),
  /** By topic; what is not said stays as it is. */
  topics: z
    .partialRecord(
      z.enum(AGED_TOPICS),
      z
        .number()
        .min(1 / 24)
        .max(36_500),
    )
    .default({}),
});
export type Retention = z.infer<typeof Retention>;

/** The tables of each class, and the column from which the days are counted. */
export const RETAINED_TABLES = {
  events: { events: 'recorded' },
  lists: { ranked_lists: 'recorded' },
  examples: { examples: 'recorded' },
  answers: { answers: 'recorded' },
  dead_letters: { dead_letters: 'recorded' },
  features: { user_features: 'recorded', item_features: 'recorded' },
  shadows: { shadows: 'at' },
  erasures: { erasures: 'asked', erasure_deeds: 'at' },
} as const satisfies Partial<Record<keyof Retention, Record<string, string>>>;
export type RetainedRows = keyof typeof RETAINED_TABLES;
