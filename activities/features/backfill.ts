import { z } from 'zod';
import { REDUCERS } from '../../models/features/aggregates/reducer.ts';
import { type BackfillComparison, BackfillPart, type BackfillScope, type Position } from '../../schemas/backfills.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import { at_ms } from '../../schemas/topics/events.ts';
import type { Ports } from '../ports.ts';

/** Names of those that are to differ; none: all of them may. */
const features = z.array(z.string());
export const BeginBackfill = z.object({ features });
export const PositionBackfill = z.object({
  least: z.array(z.tuple([z.int(), z.int()])),
  imports: z.array(z.string()).default([]),
});
export const CompareBackfill = z.object({ part: BackfillPart, features });
export const RecordRebuild = z.object({
  ...{ generation: z.int().positive(), began_ms: at_ms, at_ms },
  imports: z.array(z.string()).default([]),
});
export type RecordRebuild = z.infer<typeof RecordRebuild>;

const BEAT_MS = 5_000;

/** @throws INPUT_INVALID where a feature is not declared, or has no state of its own */
export async function beginBackfill(
  { config, backfills }: Ports,
  { features }: z.infer<typeof BeginBackfill>,
): Promise<BackfillScope> {
  const declared = [...REDUCERS.user.declared, ...REDUCERS.item.declared].map(({ name }) => name);
  const unknown = features.filter(name => !declared.includes(name));
  if (unknown.length > 0) {
    throw new TemperError('INPUT_INVALID', {
      where: 'the features to backfill',
      expected: 'names of declared aggregates of users or items',
      got: unknown.join(', '),
      next: '`temper features list` has all features; those that are made of others when a list is asked for need no backfill',
    });
  }
  return { partitions: config.partitions, ...(await backfills.begin(features)) };
}

export function positionBackfill({ backfills }: Ports, scope: z.infer<typeof PositionBackfill>): Promise<Position> {
  return backfills.position(scope);
}

/** Goes on from where an attempt before ended: a part that is there is not made again. */
export async function rebuildStates(
  { backfills }: Ports,
  part: BackfillPart,
  context: { heartbeat(details: unknown): void; cancellationSignal: AbortSignal },
): Promise<void> {
  let last: unknown;
  // ClickHouse may keep a query of this waiting for longer than a worker may be silent.
  const beat = setInterval(() => context.heartbeat(last), BEAT_MS);
  try {
    await backfills.rebuild(part, done => {
      context.cancellationSignal.throwIfAborted();
      last = done;
      context.heartbeat(done);
    });
  } finally {
    clearInterval(beat);
  }
}

export function compareStates(
  { backfills }: Ports,
  { part, features }: z.infer<typeof CompareBackfill>,
  context: { cancellationSignal: AbortSignal },
): Promise<BackfillComparison> {
  return backfills.compare(part, new Set(features), () => context.cancellationSignal.throwIfAborted());
}

export function publishStates({ backfills }: Ports, part: BackfillPart): Promise<number> {
  return backfills.publish(part);
}

/** Notes that all sums serve as the archive has them, of everything that it had lost by `began_ms`, and with these imports. */
export async function recordRebuild(
  store: RowStore,
  { generation, began_ms, at_ms, imports }: RecordRebuild,
): Promise<void> {
  await store.insert('rebuilds', [{ generation, began: began_ms, at: at_ms, imports }]);
}
