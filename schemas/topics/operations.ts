import { z } from 'zod';
import { at_ms, id } from './events.ts';

/** A record that was refused: why, and where it came from. Keyed by its source position, by which copies are seen. */
export const DeadLetter = z.object({
  v: z.literal(1),
  /** topic/partition/offset of the refused record. */
  id,
  topic: z.string(),
  partition: z.int().nonnegative(),
  offset: z.number(),
  key: z.string().nullable(),
  reason: z.enum([
    'too_large',
    'tombstone',
    'not_json',
    'forbidden_key',
    'unknown_version',
    'unknown_type',
    'invalid_field',
    'future',
    'forged',
  ]),
  detail: z.string(),
  at_ms,
  /** The refused bytes in base64, whole unless `truncated`; null for a tombstone. */
  value: z.string().nullable(),
  truncated: z.boolean(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;
export type RefusalReason = DeadLetter['reason'];

/** A job's report of the last second, on `job.metrics`: the terminal view, `temper status` and the console read it. */
export const JobReport = z.object({
  v: z.literal(1),
  job: z.string(),
  process: id,
  at_ms,
  /** Totals since the process started. */
  counts: z.record(z.string(), z.number()),
  gauges: z.record(z.string(), z.number()),
  /** Quantiles over the process's life, in milliseconds. */
  timings: z.record(z.string(), z.object({ count: z.number(), p50: z.number(), p99: z.number() })),
  /** Records behind the end of the log, by topic. */
  lag: z.record(z.string(), z.number()),
  /** What it is doing, in words; the model it serves. */
  notes: z.record(z.string(), z.string()),
});
export type JobReport = z.infer<typeof JobReport>;
