import type { Aggregated } from '../../../../models/features/aggregates/declarations.ts';
import { hash32 } from '../../../../models/hash.ts';
import type { ShopEvent } from '../../../../schemas/topics/events.ts';

type Row = Record<string, unknown> & { at_ms: number; type: string };

/**
 * An aggregate's definition, as it would be written down: over all events of a key, each known once. What is dated ahead
 * counts as if it were now; sums that halve are as of the key's newest event, where that is dated ahead.
 */
export function naive(
  { events, where, aggregate: a, default: otherwise }: Pick<Aggregated, 'events' | 'where' | 'aggregate' | 'default'>,
  all: readonly ShopEvent[],
  now_ms: number,
): number {
  const rows = (all as unknown as Row[]).filter(
    row =>
      (events as readonly string[]).includes(row.type) &&
      Object.entries(where ?? {}).every(([field, { atLeast, below }]) => {
        const value = row[field];
        return typeof value === 'number' && value >= (atLeast ?? -Infinity) && value < (below ?? Infinity);
      }),
  );
  const newestFirst = rows.toSorted((x, y) => y.at_ms - x.at_ms);
  switch (a.kind) {
    case 'halfLife': {
      const as_of = Math.max(now_ms, ...all.map(({ at_ms }) => at_ms));
      return sumOf(rows, row => weightOf(a.weight, row) * 2 ** (-(as_of - row.at_ms) / a.halfLife_ms));
    }
    case 'window': {
      const firstTile = Math.floor(now_ms / a.tile_ms) - a.tiles + 1;
      return sumOf(rows, row => (row.at_ms / a.tile_ms >= firstTile ? weightOf(a.weight, row) : 0));
    }
    case 'distinct': {
      const within = rows.filter(row => row.at_ms > now_ms - a.window_ms).flatMap(row => keysOf(row, a.of));
      return Math.min(a.most, new Set(within).size);
    }
    case 'last': {
      const valued = newestFirst.filter(row => typeof row.value === 'number');
      const moment = valued.filter(row => row.at_ms === valued[0]?.at_ms).map(row => row.value as number);
      return moment.length === 0 ? otherwise : Math.max(...moment);
    }
    case 'since':
      return newestFirst[0] ? Math.max(0, now_ms - newestFirst[0].at_ms) / 1_000 : otherwise;
    case 'top': {
      const named = rows.flatMap(row => keysOf(row, a.of).map(key => ({ key, at_ms: row.at_ms })));
      const newest = named
        .sort(byNewest)
        .slice(0, a.last)
        .map(({ key }) => key);
      const counts = [...new Set(newest)].map(key => newest.filter(other => other === key).length);
      const most = counts.sort((x, y) => y - x).slice(0, a.k);
      return newest.length === 0 ? otherwise : most.reduce((sum, n) => sum + n, 0) / newest.length;
    }
    case 'sequence':
      return otherwise;
  }
}

/** Of two at one moment a hash says which one counts as newer. */
export function byNewest(a: { at_ms: number; key: string }, b: { at_ms: number; key: string }): number {
  return b.at_ms - a.at_ms || hash32(b.key) - hash32(a.key);
}

function keysOf(row: Row, of: string): string[] {
  const key = row[of];
  return typeof key === 'string' ? [key] : [];
}

function weightOf(weight: 'one' | 'value' | 'examination', { value, position }: Row): number {
  if (weight === 'one') return 1;
  if (weight === 'value') return typeof value === 'number' ? value : 0;
  return typeof position === 'number' ? (1 + position) ** -0.5 : 0;
}

function sumOf(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + of(row), 0);
}
