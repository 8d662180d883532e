import { eachHistory, type Scorer, type Sequences } from './scorer.ts';

/** Every item by how often it was taken, whatever the history. */
export function popularity(sequences: Sequences, items: number): Scorer {
  const counts = countItems(sequences, items);
  return eachHistory(items, (_, row) => row.set(counts));
}

/** How often each item was taken. */
export function countItems(sequences: Sequences, items: number): Float32Array {
  const counts = new Float32Array(items);
  for (const sequence of sequences) for (const item of sequence) counts[item]!++;
  return counts;
}
