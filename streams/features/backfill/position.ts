import type { Position } from '../../../schemas/backfills.ts';
import type { DeltaHead } from '../log/delta.ts';
import { leastOf, logStart } from '../log/replica.ts';
import type { SnapshotHead } from '../log/snapshot.ts';

/** A partition's newest snapshots, and the last records of its log. */
export interface Standing {
  heads: readonly SnapshotHead[];
  last: readonly Pick<DeltaHead, 'to' | 'source' | 'rebuilt'>[];
}

/**
 * Where a rebuild may end: what the users' log has told last. A process that woke up late may have written the very last
 * record; so several are looked at.
 *
 * @param users by partition; read after `items`
 * @param least of each source partition an offset behind all that jobs with other declarations have told: their records
 *   may lack what a new feature reads
 * @returns undefined where it has not come so far, or the items' snapshots are all ahead of it, as they may be for a
 *   moment: ask again
 */
export function positionOf(
  users: readonly Standing[],
  items: readonly Pick<Standing, 'heads'>[],
  least: ReadonlyMap<number, number>,
): Omit<Position, 'imports'> | undefined {
  const until = users.flatMap(({ heads, last }, source) => {
    const told = last.flatMap(({ to, rebuilt }) => (rebuilt === undefined ? [to] : []));
    const next = Math.max(-1, ...told, ...leastOf(heads).map(([, next]) => next));
    return next < 0 ? [] : [[source, next] satisfies [number, number]];
  });
  const told = new Map(until);
  const isAhead = items.some(({ heads }) => leastOf(heads).some(([source, next]) => next > (told.get(source) ?? 0)));
  const isBehind = [...least].some(([source, next]) => next > (told.get(source) ?? 0));
  if (isAhead || isBehind) return undefined;
  const generations = [...users, ...items].flatMap(({ heads }) => heads.map(({ generation }) => generation));
  return {
    until,
    users: users.map(({ heads }) => logStart(heads)),
    items: items.map(({ heads }) => logStart(heads)),
    generation: 1 + generations.reduce((a, b) => Math.max(a, b), 0),
  };
}
