import type { EventType } from '../../../schemas/topics/events.ts';
import { AGGREGATES, RATES } from '../../features/aggregates/defaults.ts';

/** What fake accounts did with an item just now. */
export interface FakeEvents {
  readonly type: EventType;
  readonly count: number;
  /** How many accounts did it, one or more. */
  readonly accounts: number;
}

/** The features of examples, and their names. */
export interface Table {
  readonly featureNames: readonly string[];
  readonly features: Float32Array;
  readonly rows: number;
}

const COUNTED = AGGREGATES.filter(({ of }) => of === 'item');
const RATED = RATES.filter(({ of }) => of === 'item');

/**
 * Features as they would be had these events come just before: every count and rate of the item that is declared over
 * them, each by its own formula, as far as the features themselves tell what they were. Who the newest users were they
 * do not, so shares of users stay. What events bring beside their number (what was paid, stars) stays too.
 *
 * @param eventsOf a row, what was done with its item; undefined where nothing was
 * @returns [rows, F], the given ones left as they are
 */
export function withFakeEvents(
  { featureNames, features, rows }: Table,
  eventsOf: (row: number) => FakeEvents | undefined,
): Float32Array {
  const width = featureNames.length;
  const places = new Map(featureNames.map((name, column) => [name, column]));
  const counted = COUNTED.flatMap(each => (places.has(each.name) ? { ...each, column: places.get(each.name)! } : []));
  const rated = RATED.flatMap(each => (places.has(each.name) ? { ...each, column: places.get(each.name)! } : []));
  const moved = features.slice();
  for (let row = 0; row < rows; row++) {
    const events = eventsOf(row);
    if (!events) continue;
    const own = moved.subarray(row * width, (row + 1) * width);
    for (const { column, aggregate, events: types } of counted) {
      if (types.includes(events.type)) own[column] = afterwards(own[column]!, aggregate, events);
    }
    for (const { column, successes, trials, prior } of rated) {
      const sumOf = (terms: Readonly<Record<string, number>>) =>
        Object.entries(terms).reduce((sum, [name, factor]) => sum + factor * plainOf(own[places.get(name) ?? -1]), 0);
      const isTouched = Object.keys({ ...successes, ...trials }).every(name => places.has(name));
      if (!isTouched) continue;
      const [good, all] = [Math.max(0, sumOf(successes)), Math.max(0, sumOf(trials))];
      own[column] = (good + prior.trials * prior.rate) / (all + prior.trials);
    }
  }
  return moved;
}

/** Counts, sums and times are logarithms; see `scaled`. */
function plainOf(feature: number | undefined): number {
  return feature === undefined ? 0 : Math.expm1(feature);
}

function afterwards(feature: number, aggregate: (typeof AGGREGATES)[number]['aggregate'], events: FakeEvents): number {
  switch (aggregate.kind) {
    case 'since':
      return 0;
    case 'distinct':
      return Math.log1p(Math.min(aggregate.most, plainOf(feature) + events.accounts));
    case 'halfLife':
    case 'window':
      return aggregate.weight === 'value' ? feature : Math.log1p(plainOf(feature) + events.count);
    default:
      return feature;
  }
}
