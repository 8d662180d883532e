import { TemperError } from '../../../schemas/errors.ts';
import { examination } from '../../features/aggregates/examination.ts';
import type { Standard } from '../ranker.ts';
import { type Dataset, listsOf } from './dataset.ts';

// What training looks at before it begins.

const MOST_POSITIONS = 200;
/** Clicks at the top that the declared examination is worth beside those that were counted. */
const DECLARED_CLICKS = 10;

/** Refuses parts without a click, or with clicks alone; throws DATA_INSUFFICIENT. */
export function requireEnough(parts: Record<string, Dataset>): void {
  for (const [name, part] of Object.entries(parts)) {
    const clicks = part.clicked.reduce((sum, clicked) => sum + clicked, 0);
    if (clicks > 0 && clicks < part.rows) continue;
    throw new TemperError('DATA_INSUFFICIENT', {
      where: `the ${name} part`,
      expected: 'rows with a click and rows without one',
      got: `${clicks} clicks in ${part.rows} rows`,
      next: 'Wait until more lists were shown',
    });
  }
}

/** The share of the rows with a click. */
export function clickRate({ clicked, rows }: Dataset): number {
  return clicked.reduce((sum, each) => sum + each, 0) / rows;
}

/** The sum of the weights. */
export function weightOf({ weight }: Dataset): number {
  return weight.reduce((sum, each) => sum + each, 0);
}

/**
 * What brings each feature to mean 0 and deviation 1. One that does not vary in training has scale 0: nothing was
 * learned of it, so it may not speak.
 */
export function standardOf({ features, featureNames, rows }: Dataset): Standard {
  const width = featureNames.length;
  const columns = featureNames.map((_, column) => {
    let [mean, squares] = [0, 0];
    // Welford's update (1962): the sum of squares around a mean that follows, exact also far from 0.
    for (let row = 0; row < rows; row++) {
      const away = features[row * width + column]! - mean;
      mean += away / (row + 1);
      squares += away * (features[row * width + column]! - mean);
    }
    const deviation = Math.sqrt(squares / rows);
    return { mean, scale: deviation > 1e-6 * Math.max(1, Math.abs(mean)) ? 1 / deviation : 0 };
  });
  return { mean: Float32Array.from(columns, each => each.mean), scale: Float32Array.from(columns, each => each.scale) };
}

/** How many positions there are to tell apart. */
export function positionsOf({ position }: Dataset): number {
  return position.reduce((most, each) => Math.max(most, Math.min(Math.floor(each) + 1, MOST_POSITIONS)), 1);
}

/** The share of each position in the examples, positions beyond the last counted as the last. */
export function frequenciesOf({ position, rows }: Dataset, positions: number): number[] {
  const counts = Array.from({ length: positions }, () => 0);
  for (const each of position) counts[Math.min(Math.max(Math.floor(each), 0), positions - 1)]!++;
  return counts.map(count => count / rows);
}

/**
 * P(looked at) of each position relative to the top: clicks there over clicks at the top of the same lists, of those in
 * random order (see `estimateExamination`), drawn to the declared examination, which is all there is without such lists.
 *
 * @returns [positions], positions beyond the last counted as the last
 */
export function looksOf(dataset: Dataset, positions: number): Float64Array {
  const { explored, propensity, position, clicked } = dataset;
  const [clicks, atTop] = [new Float64Array(positions), new Float64Array(positions)];
  for (const [start, end] of listsOf(dataset)) {
    const top = start + position.subarray(start, end).indexOf(0);
    if (explored[start] !== 1 || top < start || propensity[top] === 1) continue;
    for (let row = start; row < end; row++) {
      if (propensity[row] === 1) continue;
      const place = Math.min(Math.floor(position[row]!), positions - 1);
      clicks[place]! += clicked[row]!;
      atTop[place]! += clicked[top]!;
    }
  }
  return clicks.map((count, place) => {
    return (count + DECLARED_CLICKS * examination(place)) / (atTop[place]! + DECLARED_CLICKS);
  });
}
