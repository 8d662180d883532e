import { DeltaWriter } from '../log/delta.ts';
import { ITEMS } from '../log/entities.ts';
import type { SnapshotHead } from '../log/snapshot.ts';
import { BUCKETS } from '../log/snapshot.ts';

/**
 * The buckets whose last snapshot is not of the generation: compaction keeps the last, and whoever had the partition may
 * have written one of the generation before behind that of the new.
 */
export function bucketsWithout(generation: number, heads: Iterable<SnapshotHead>): number[] {
  const last = new Map(Array.from(heads, head => [head.bucket, head.generation]));
  return Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter(bucket => (last.get(bucket) ?? -1) < generation);
}

/** The record of a log that has whoever works on its partition restore it: there are snapshots of this generation. */
export function rebuiltRecord(partition: number, generation: number): Buffer {
  return new DeltaWriter(ITEMS.carried).take({
    source: partition,
    from: 0,
    to: 0,
    since_ms: 0,
    opening: true,
    rebuilt: generation,
  });
}
