import { eachHistory, type Scorer, type Sequences } from './scorer.ts';

/** Every item by how often it was taken, whatever the history. */
export function popularity(sequences: Sequences, items: number): Scorer {
  const counts = new Float32Array(items);
  for (const sequence of sequences) for (const item of sequence) counts[item]!++;
  return eachHistory(items, (_, row) => row.set(counts));
}
