import { AGGREGATES, RATES } from '../../features/aggregates/defaults.ts';
import { constant, type Tensor } from '../../graph/tensor.ts';
import type { Dataset } from '../../ranker/dataset/dataset.ts';
import { standardOf } from '../../ranker/dataset/statistics.ts';
import type { Attack } from '../attacks.ts';

/**
 * Where who can do no more than send events of his own may move a feature: counts up, times since the last one down,
 * shares and rates either way, and all else nowhere. Prices and what is known of a product are the shop's, and another
 * user's history is that user's.
 */
export type Way = 'up' | 'down' | 'both' | 'nowhere';

const WAYS: ReadonlyMap<string, Way> = new Map<string, Way>([
  ...AGGREGATES.flatMap(({ of, name, aggregate: { kind } }): [string, Way][] => {
    if (of !== 'item' || kind === 'sequence' || kind === 'last') return [];
    return [[name, kind === 'since' ? 'down' : kind === 'top' ? 'both' : 'up']];
  }),
  ...RATES.flatMap(({ of, name }): [string, Way][] => (of === 'item' ? [[name, 'both']] : [])),
]);

export function wayOf(feature: string): Way {
  return WAYS.get(feature) ?? 'nowhere';
}

/** No feature comes near to it. */
const FAR = 1e30;

/**
 * Bounds and units of attacks on raw features [N, F]: each is changed in standard deviations of the examples, and only
 * where a fraudster could; see `Way`. A feature that does not vary is not changed.
 */
export function featureBounds(examples: Dataset): Required<Pick<Attack, 'unit' | 'low' | 'high'>> {
  const { scale } = standardOf(examples);
  const ways = examples.featureNames.map(wayOf);
  const row = (of: (way: Way, column: number) => number): Tensor =>
    constant('float32', Float32Array.from(ways, of), [ways.length]);
  return {
    unit: row((way, column) => (way === 'nowhere' || scale[column] === 0 ? 0 : 1 / scale[column]!)),
    // What lies beyond a bound already gets no further: so a low bound above all lets nothing sink, and so on.
    low: row(way => (way === 'up' ? FAR : way === 'nowhere' ? -FAR : 0)),
    high: row(way => (way === 'down' ? -FAR : FAR)),
  };
}
