import { LIMITS } from '../../../schemas/limits.ts';
import { type Aggregate, type Fact, spelled, type Weight } from './declarations.ts';
import { EXAMINATION_EXPONENT, examination } from './examination.ts';

/** A column of the rows that the SQL is over, the same in all of a group: the time, in milliseconds. */
export const AS_OF = 'as_of';

type Of<K extends Aggregate['kind']> = Extract<Aggregate, { kind: K }>;

/** Cells of some aggregates of one kind and pace that stand beside each other: they are passed and read in one go. */
export interface Run<A> {
  /** One of them: what they have in common is in it. */
  of: A;
  /** The place of the first one's first cell. */
  at: number;
  many: number;
}

/**
 * One kind of aggregation. Its state is some numbers, its cells, all 0 before the first event. Events may come in any
 * order: cells are a function of the set of events, and of the newest event of the key among them.
 */
export interface Aggregation<A> {
  /** Its formula in words. */
  says(a: A): string;
  cells(a: A): number;
  /** Those that are equal in it make a run. */
  pace(a: A): number;
  /** What cells become when the key's newest event is newer. */
  pass?(cells: Float64Array, run: Run<A>, from_ms: number, to_ms: number): void;
  /** Takes an event in, `newest_ms` being that of the key, this event included; false where it was too late to count. */
  add(cells: Float64Array, at: number, a: A, fact: Fact, newest_ms: number): boolean;
  /**
   * Their values at a time, from `place` on; NaN where there is none. What is dated ahead of that time counts as if it
   * were now; sums that halve are as of the key's newest event then, for that is what their cells are.
   */
  read(cells: Float64Array, run: Run<A>, newest_ms: number, now_ms: number, into: Float64Array, place: number): void;
  /**
   * The same in ClickHouse over rows of events, of which those count that `match`; NULL where there is none. `newest` is the
   * time of the key's newest event.
   */
  sql(a: A, match: string, newest: string): string;
  /** In SQL, whether it depends on which of two events of one moment counts as newer: reducers let a hash decide. */
  tied?(a: A, match: string): string;
}

/** A row for each kind. To add an aggregation: its data in declarations.ts, its row here, its definition in the test. */
export const AGGREGATIONS: { readonly [K in Aggregate['kind']]: Aggregation<Of<K>> } = {
  halfLife: {
    says: ({ halfLife_ms, weight }) => `sum of ${WEIGHTS[weight]} x 2^(-age / ${spelled(halfLife_ms)})`,
    cells: () => 1,
    pace: ({ halfLife_ms }) => halfLife_ms,
    pass(cells, { of: { halfLife_ms }, at, many }, from_ms, to_ms) {
      const factor = decay(halfLife_ms, to_ms - from_ms);
      for (let c = at; c < at + many; c++) cells[c]! *= factor;
    },
    add(cells, at, { halfLife_ms, weight }, fact, newest_ms) {
      cells[at]! += weigh(weight, fact) * (fact.at_ms < newest_ms ? decay(halfLife_ms, newest_ms - fact.at_ms) : 1);
      return true;
    },
    read(cells, { of: { halfLife_ms }, at, many }, newest_ms, now_ms, into, place) {
      const factor = decay(halfLife_ms, now_ms - newest_ms);
      for (let n = 0; n < many; n++) into[place + n] = cells[at + n]! * factor;
    },
    sql: ({ halfLife_ms, weight }, match, newest) =>
      `sumIf(${weightSql(weight)} * exp2((at_ms - ${AS_OF}) / ${halfLife_ms}), ${match}) * exp2(least(0, ${AS_OF} - ${newest}) / ${halfLife_ms})`,
  },

  /**
   * A ring of tiles, the newest being the key's newest event's. What falls out of it is out of every window that can be
   * asked for from now on: that is the lateness, and so nothing is lost by it. The spare tiles are there for events that
   * are dated ahead.
   */
  window: {
    says: ({ tiles, tile_ms, weight }) =>
      `sum of ${WEIGHTS[weight]} in the newest ${tiles} tiles of ${spelled(tile_ms)}`,
    cells: ringOf,
    pace: ({ tiles, tile_ms }) => tile_ms + 1 / tiles,
    pass(cells, { of, at, many }, from_ms, to_ms) {
      const from = Math.floor(from_ms / of.tile_ms);
      const to = Math.floor(to_ms / of.tile_ms);
      if (from === to) return;
      const ring = ringOf(of);
      let place = modulo(to, ring);
      for (let past = Math.min(to - from, ring); past > 0; past--) {
        for (let c = at + place; c < at + many * ring; c += ring) cells[c] = 0;
        place = place === 0 ? ring - 1 : place - 1;
      }
    },
    add(cells, at, a, fact, newest_ms) {
      const tile = Math.floor(fact.at_ms / a.tile_ms);
      const ring = ringOf(a);
      if (tile <= Math.floor(newest_ms / a.tile_ms) - ring) return false;
      cells[at + modulo(tile, ring)]! += weigh(a.weight, fact);
      return true;
    },
    read(cells, { of, at, many }, newest_ms, now_ms, into, place) {
      const ring = ringOf(of);
      const newest = Math.floor(newest_ms / of.tile_ms);
      const inside = Math.min(ring, newest - Math.floor(now_ms / of.tile_ms) + of.tiles);
      const from = modulo(newest, ring);
      for (let n = 0, begin = at; n < many; n++, begin += ring) {
        let sum = 0;
        for (let k = 0; k < inside; k++) sum += cells[begin + (from < k ? from - k + ring : from - k)]!;
        into[place + n] = sum;
      }
    },
    sql: ({ tiles, tile_ms, weight }, match) =>
      `sumIf(${weightSql(weight)}, ${match} AND at_ms >= (intDiv(${AS_OF}, ${tile_ms}) - ${tiles - 1}) * ${tile_ms})`,
  },

  /** The `most` that were seen last, each with its newest event: which these are depends on no order. */
  distinct: {
    says: ({ of, window_ms, most }) => `different ${of}s within ${spelled(window_ms)}, counted up to ${most}`,
    cells: ({ most }) => 2 * most,
    pace: alone,
    add(cells, at, { of, most }, fact) {
      if (fact[of] !== 0) keepNewestOf(cells, at, most, fact.at_ms, fact[of]);
      return true;
    },
    read(cells, { of: { most, window_ms }, at }, _newest_ms, now_ms, into, place) {
      let seen = 0;
      for (let c = at; c < at + 2 * most; c += 2) if (cells[c]! > now_ms - window_ms && cells[c] !== 0) seen++;
      into[place] = seen;
    },
    sql: ({ of, most, window_ms }, match) =>
      `least(${most}, uniqExactIf(${of}, ${match} AND ${of} != '' AND at_ms > ${AS_OF} - ${window_ms}))`,
  },

  /** Of events at the same moment, the greatest value. */
  last: {
    says: () => 'value of the newest event',
    cells: () => 2,
    pace: alone,
    add(cells, at, _a, { at_ms, value }) {
      if (Number.isNaN(value) || at_ms < cells[at]!) return true;
      cells[at + 1] = at_ms > cells[at]! ? value : Math.max(value, cells[at + 1]!);
      cells[at] = at_ms;
      return true;
    },
    read(cells, { at }, _newest_ms, _now_ms, into, place) {
      into[place] = cells[at] === 0 ? Number.NaN : cells[at + 1]!;
    },
    sql: (_a, match) => `argMaxOrNullIf(value, (at_ms, value), ${match} AND value IS NOT NULL)`,
  },

  since: {
    says: () => 'seconds since the newest event',
    cells: () => 1,
    pace: () => 0,
    add(cells, at, _a, { at_ms }) {
      if (at_ms > cells[at]!) cells[at] = at_ms;
      return true;
    },
    read(cells, { at, many }, _newest_ms, now_ms, into, place) {
      for (let n = 0; n < many; n++) {
        const newest_ms = cells[at + n]!;
        into[place + n] = newest_ms === 0 ? Number.NaN : Math.max(0, now_ms - newest_ms) / 1e3;
      }
    },
    sql: (_a, match) => `(${AS_OF} - maxOrNullIf(least(at_ms, ${AS_OF}), ${match})) / 1000`,
  },

  top: {
    says: ({ of, k, last }) => `share of the ${k} most frequent ${of}s in the newest ${last} events`,
    cells: ({ last }) => 2 * last,
    pace: alone,
    add(cells, at, { of, last }, fact) {
      if (fact[of] !== 0) keepNewest(cells, at, last, fact.at_ms, fact[of]);
      return true;
    },
    read(cells, { of: { k, last }, at }, _newest_ms, _now_ms, into, place) {
      into[place] = shareOfTop(cells, at, last, k);
    },
    sql({ of, k, last }, match) {
      const counts = 'arrayMap(each -> countEqual(newest, each), arrayDistinct(newest))';
      const share = `arraySum(arraySlice(arrayReverseSort(${counts}), 1, ${k})) / length(newest)`;
      return `arrayMap(newest -> if(empty(newest), NULL, ${share}), [${newestSql(of, last, match)}])[1]`;
    },
    tied: tiedSql,
  },

  sequence: {
    says: ({ of, last }) => `the newest ${last} events, by ${of}`,
    cells: ({ last }) => 2 * last,
    pace: alone,
    add(cells, at, { of, last }, fact) {
      if (fact[of] !== 0) keepNewest(cells, at, last, fact.at_ms, fact[of]);
      return true;
    },
    read(_cells, _run, _newest_ms, _now_ms, into, place) {
      into[place] = Number.NaN;
    },
    sql: ({ of, last }, match) => newestSql(of, last, match),
    tied: tiedSql,
  },
};

export function aggregationOf(aggregate: Aggregate): Aggregation<Aggregate> {
  return AGGREGATIONS[aggregate.kind] as Aggregation<Aggregate>;
}

/** 2^(-elapsed / halfLife), 1 for what is yet to come. */
export function decay(halfLife_ms: number, elapsed_ms: number): number {
  return elapsed_ms <= 0 ? 1 : Math.exp((-Math.LN2 * elapsed_ms) / halfLife_ms);
}

/** Of whole numbers, the first at least 0: `%` of numbers of 64 bits is a call of the C library. */
function modulo(value: number, by: number): number {
  return value - by * Math.floor(value / by);
}

let runs = 0;

/** Stands with no other. */
function alone(): number {
  return ++runs;
}

const WEIGHTS: Readonly<Record<Weight, string>> = {
  one: '1',
  value: 'value',
  examination: `(1 + position)^-${EXAMINATION_EXPONENT}`,
};

function weigh(weight: Weight, { position, value }: Fact): number {
  if (weight === 'one') return 1;
  const added = weight === 'value' ? value : examination(position);
  return Number.isNaN(added) ? 0 : added;
}

function weightSql(weight: Weight): string {
  if (weight === 'one') return '1.';
  return weight === 'value' ? 'ifNull(value, 0.)' : `ifNull(pow(1 + position, -${EXAMINATION_EXPONENT}), 0.)`;
}

function ringOf({ tiles, tile_ms }: Of<'window'>): number {
  return tiles + Math.ceil(LIMITS.future_ms / tile_ms);
}

/** Cells are pairs of time and key, in any order. The oldest gives way; at one moment, the least key. */
function keepNewest(cells: Float64Array, at: number, most: number, at_ms: number, key: number): void {
  let oldest = at;
  for (let c = at + 2; c < at + 2 * most; c += 2) if (isOlder(cells, c, cells[oldest]!, cells[oldest + 1]!)) oldest = c;
  if (!isOlder(cells, oldest, at_ms, key)) return;
  cells[oldest] = at_ms;
  cells[oldest + 1] = key;
}

/** As `keepNewest`, each key once. */
function keepNewestOf(cells: Float64Array, at: number, most: number, at_ms: number, key: number): void {
  for (let c = at; c < at + 2 * most; c += 2) {
    if (cells[c + 1] !== key || cells[c] === 0) continue;
    if (at_ms > cells[c]!) cells[c] = at_ms;
    return;
  }
  keepNewest(cells, at, most, at_ms, key);
}

function isOlder(cells: Float64Array, c: number, at_ms: number, key: number): boolean {
  return cells[c]! < at_ms || (cells[c] === at_ms && cells[c + 1]! < key);
}

const counts: number[] = [];

/** The share of the k most frequent keys; NaN where there is none. */
function shareOfTop(cells: Float64Array, at: number, last: number, k: number): number {
  counts.length = 0;
  let all = 0;
  for (let c = at; c < at + 2 * last; c += 2) {
    if (cells[c] === 0) continue;
    all++;
    let first = at;
    while (cells[first + 1] !== cells[c + 1]) first += 2;
    const place = (first - at) / 2;
    while (counts.length <= place) counts.push(0);
    counts[place]!++;
  }
  counts.sort((a, b) => b - a);
  let most = 0;
  for (let n = 0; n < k && n < counts.length; n++) most += counts[n]!;
  return most / all;
}

function newestSql(of: string, last: number, match: string): string {
  const ordered = `arrayReverseSort(groupArrayIf((at_ms, ${of}), ${match} AND ${of} != ''))`;
  return `arrayMap(each -> each.2, arraySlice(${ordered}, 1, ${last}))`;
}

/** Of the last that counts and the first that does not, both may be of one moment. */
function tiedSql({ of, last }: { of: string; last: number }, match: string): string {
  const times = `arraySlice(arrayReverseSort(groupArrayIf(at_ms, ${match} AND ${of} != '')), ${last}, 2)`;
  return `(length(${times}) = 2 AND length(arrayDistinct(${times})) = 1)`;
}
