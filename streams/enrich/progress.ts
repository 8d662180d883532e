import { type ActiveEncoders, progressKey } from '../../models/retrieval/vectors/active-encoders.ts';
import { Modality, type VectorProgress } from '../../schemas/topics/vectors.ts';
import type { Outbox } from '../kafka/bus.ts';
import type { Use } from './kept.ts';
import type { Held } from './partition.ts';

/**
 * Says that a partition is encoded, modality by modality, and takes back what was said of encoders that are neither
 * wanted nor in use any more.
 */
export async function tellProgress(
  outbox: Outbox,
  told: ActiveEncoders,
  use: (modality: Modality) => Use,
  { partition, partitions, held }: { partition: number; partitions: number; held: Held },
): Promise<void> {
  for (const modality of Modality.options) {
    const { wanted, active } = use(modality);
    if (wanted === undefined) continue;
    const inUse = wanted === 'none' ? [] : [wanted, active];
    for (const [key, { modality: of, encoder }] of told.reports(partition)) {
      if (of === modality && !inUse.includes(encoder)) await outbox.publish('vector.progress', { key, value: null });
    }
    if (wanted === 'none') continue;
    const items = count(held, modality, wanted);
    const report = { v: 1, modality, partition, partitions, encoder: wanted, items, at_ms: Date.now() } as const;
    await outbox.publish('vector.progress', {
      key: progressKey(report),
      value: JSON.stringify(report satisfies VectorProgress),
    });
  }
}

/** How many items have a vector by an encoder. */
function count(held: Held, modality: Modality, wanted: string): number {
  const has = ({ modality: of, encoder }: { modality: Modality; encoder: string }) =>
    of === modality && encoder === wanted;
  return [...held.values()].filter(vectors => vectors.some(has)).length;
}
