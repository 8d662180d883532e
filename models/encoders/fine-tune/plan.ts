import type { Plan } from '../../graph/training/plans.ts';
import type { Random } from '../../random.ts';
import type { Pair } from './pairs.ts';

/**
 * The pairs of an epoch in batches in which no query and no text stands twice, as every other text of a batch counts as
 * wrong for a query. A pair waits for the first batch that has neither; batches of one teach nothing and are left out.
 *
 * @param draws of this epoch alone
 */
export function distinctBatches(pairs: readonly Pair[], size: number, draws: Random): Plan {
  const batches: { rows: number[]; seen: Set<string> }[] = [];
  // Full batches take no more: only those from here on are looked at.
  let open = 0;
  for (const row of draws.shuffle(Uint32Array.from(pairs.keys()))) {
    const names = [`q ${pairs[row]!.query}`, `t ${pairs[row]!.text}`];
    let place = open;
    while (place < batches.length && !takes(batches[place]!, size, names)) place++;
    if (place === batches.length) batches.push({ rows: [], seen: new Set() });
    const batch = batches[place]!;
    batch.rows.push(row);
    for (const name of names) batch.seen.add(name);
    while (open < batches.length && batches[open]!.rows.length === size) open++;
  }
  const useful = batches.map(({ rows }) => rows).filter(rows => rows.length > 1);
  let end = 0;
  return {
    order: Uint32Array.from(useful.flat()),
    ends: Uint32Array.from(useful, rows => {
      end += rows.length;
      return end;
    }),
  };
}

function takes({ rows, seen }: { rows: number[]; seen: Set<string> }, size: number, names: readonly string[]): boolean {
  return rows.length < size && !names.some(name => seen.has(name));
}
