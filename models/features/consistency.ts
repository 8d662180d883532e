import { LIMITS } from '../../schemas/limits.ts';
import type { Applied } from '../../schemas/topics/ranking.ts';

/** A row of the vector as it was logged with its list, and as the declared SQL has it, of the same events. */
export interface RebuiltRow {
  list: string;
  candidate: string;
  /** Of the list. */
  asked_ms: number;
  /** In the order of the vector. */
  logged: readonly (number | null)[];
  rebuilt: readonly (number | null)[];
  /** The time of the newest event in it. */
  newest_ms: number;
  /** 1 where a product of it has changed since: the catalogue keeps the last version alone. */
  changed: number;
  /** Features that depend on which of two events of one moment counts as newer: a hash decides, that SQL does not have. */
  ties: readonly string[];
}

/** How often a feature was not what it should be. */
export interface Agreement {
  feature: string;
  compared: number;
  different: number;
  greatest: number;
  /** Where the difference was greatest; null where there was none. */
  worst: { list: string; item: string; logged: number | null; rebuilt: number | null } | null;
}

/**
 * Why a list, or a row of one, can't be compared; counted, never dropped in silence. Of a row with `events of one moment`
 * only those values are left out that depend on it.
 */
export type LeftOut =
  | 'positions unknown'
  | 'not archived yet'
  | 'product changed'
  | 'events of one moment'
  | 'list dated behind its events';

export interface Comparison {
  features: Agreement[];
  /** Rows that were compared. */
  vectors: number;
  /** Rows that were not, or not with all of their values. */
  leftOut: Partial<Record<LeftOut, number>>;
}

/** What is logged is rounded to five decimals, and stored in float32. */
const TOLERANCE = { absolute: 2e-5, relative: 1e-6 };

/**
 * @param names the features, in the order of the vector
 * @param asked those that can be made again; the others are not looked at, and stand in no row of the result
 */
export function compare(
  names: readonly string[],
  rows: Iterable<RebuiltRow>,
  asked: readonly string[] = names,
): Comparison {
  const features = asked.map((feature): Agreement => {
    return { feature, compared: 0, different: 0, greatest: 0, worst: null };
  });
  const places = asked.map(name => names.indexOf(name));
  const leftOut: Comparison['leftOut'] = {};
  let vectors = 0;
  for (const row of rows) {
    const reason = incomparable(row);
    if (reason) {
      leftOut[reason] = (leftOut[reason] ?? 0) + 1;
      continue;
    }
    vectors++;
    if (row.ties.length > 0) leftOut['events of one moment'] = (leftOut['events of one moment'] ?? 0) + 1;
    for (const [n, agreement] of features.entries()) {
      if (row.ties.includes(agreement.feature)) continue;
      const place = places[n]!;
      count(agreement, row, row.logged[place] ?? null, row.rebuilt[place] ?? null);
    }
  }
  return { features, vectors, leftOut };
}

/** Ahead of the list by more than any event may be dated ahead, tiles that the list's window still has are gone. */
function incomparable({ changed, newest_ms, asked_ms }: RebuiltRow): LeftOut | undefined {
  if (changed) return 'product changed';
  return newest_ms > asked_ms + LIMITS.future_ms ? 'list dated behind its events' : undefined;
}

function count(agreement: Agreement, row: RebuiltRow, logged: number | null, rebuilt: number | null): void {
  agreement.compared++;
  // A value that is no number on either side agrees with nothing.
  const difference = logged === null || rebuilt === null ? Number.POSITIVE_INFINITY : Math.abs(logged - rebuilt);
  if (difference <= TOLERANCE.absolute + TOLERANCE.relative * Math.abs(rebuilt ?? 0)) return;
  agreement.different++;
  if (difference <= agreement.greatest) return;
  agreement.greatest = difference;
  agreement.worst = { list: row.list, item: row.candidate, logged, rebuilt };
}

/** Next offsets of the archive, by partition. */
export interface Standing {
  events: ReadonlyMap<number, number>;
  catalogue: ReadonlyMap<number, number>;
}

/** Whether all that a list was made from is in the archive. */
export function isArchived({ user, items, catalogue }: Applied, partition: number, standing: Standing): boolean {
  const events = (source: number, next: number) => next <= (standing.events.get(source) ?? 0);
  return (
    events(partition, user) &&
    Object.values(items).every(offsets => offsets.every((next, source) => events(source, next))) &&
    catalogue.every((next, source) => next <= (standing.catalogue.get(source) ?? 0))
  );
}

/** Of all values that were compared, the share that was not what it should be. */
export function disagreement(features: readonly Pick<Agreement, 'compared' | 'different'>[]): number {
  const sum = (of: 'compared' | 'different') => features.reduce((all, each) => all + each[of], 0);
  return sum('compared') === 0 ? 0 : sum('different') / sum('compared');
}
