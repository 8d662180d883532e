import { CHANGED_PSI, spreadOf, stabilityIndex } from '../../features/drift.ts';
import { type Dataset, UNKNOWN } from '../../ranker/dataset/dataset.ts';
import { auc } from '../metrics.ts';

/** What is to be known of examples before anything is trained on them. */
export interface Inspection {
  lists: number;
  clicks: number;
  /** Rows whose labels, propensity or position nothing can have given. */
  odd: number;
  /** Features that have one value for all rows. */
  constant: string[];
  /** The share of rows whose carts and purchases somebody has waited for. */
  known: number;
  /** Sides of which hardly a feature changes, although those who clicked have come again. */
  mute: string[];
  /** From the newest example until now. */
  age_ms: number;
  /** The share of rows that were clicked, and that of the champion's examples. */
  click_rate: number;
  click_rate_before: number | null;
  /** The feature by which alone clicks can be told best, and by what AUC; null where there are no clicks. */
  leak: { feature: string; auc: number } | null;
  /** How differently the features are spread than in the examples of the champion; null where these are gone. */
  skew: Skew | null;
}

export interface Skew {
  /** The one that differs the most, by its population stability index. */
  feature: string;
  psi: number;
  /** How many differ by more than is called a change. */
  changed: number;
  features: number;
}

/** So many rows tell an AUC and tenths well enough, and take a second with all features. */
const MOST_ROWS = 20_000;

/**
 * Looks at examples as a whole.
 *
 * @param now_ms when it is asked
 * @param before the examples that the champion was trained on, of the same features
 */
export function inspect(dataset: Dataset, now_ms: number, before?: Dataset): Inspection {
  const rows = sampled(dataset.rows);
  const labels = Uint8Array.from(rows, row => dataset.clicked[row]!);
  const columns = dataset.featureNames.map((feature, at) => ({ feature, values: columnOf(dataset, at, rows) }));
  const constant = columns.filter(({ values }) => values.every(value => value === values[0])).map(each => each.feature);
  const clicks = clicksOf(dataset);
  return {
    lists: new Set(dataset.list).size,
    clicks,
    odd: oddRows(dataset),
    constant,
    mute: muteSides(dataset, constant),
    known: dataset.rows === 0 ? 0 : dataset.purchased.filter(label => label !== UNKNOWN).length / dataset.rows,
    age_ms: now_ms - (dataset.at_ms.at(-1) ?? now_ms),
    click_rate: dataset.rows === 0 ? 0 : clicks / dataset.rows,
    click_rate_before: before && before.rows > 0 ? clicksOf(before) / before.rows : null,
    leak: leakOf(columns, labels),
    skew: before && before.rows > 0 ? skewOf(columns, before) : null,
  };
}

/** Features, times and lists were looked at when the file was read; this is what a row says of itself. */
function oddRows({ rows, clicked, carted, purchased, dismissed, propensity, position }: Dataset): number {
  const isLabel = (label: number) => label === 0 || label === 1;
  let odd = 0;
  for (let row = 0; row < rows; row++) {
    const later = [carted[row]!, purchased[row]!, dismissed[row]!];
    const labelled = isLabel(clicked[row]!) && later.every(label => isLabel(label) || label === UNKNOWN);
    const p = propensity[row]!;
    const possible = Number.isNaN(p) || (p > 0 && p <= 1);
    if (!labelled || !possible || position[row]! < 0 || !Number.isInteger(position[row])) odd++;
  }
  return odd;
}

function clicksOf({ clicked }: Dataset): number {
  return clicked.reduce((sum, each) => sum + each, 0);
}

/** So many rows of who, or what, was clicked before tell that its features should have seen it. */
const SEEN_AGAIN = 50;
/** Besides what a product says of itself, of which there are two. */
const LEAST_VARIED = 3;

/**
 * Whose clicks came to nothing: where events are keyed by other names than lists, or not at all, all that is known of users,
 * or of items, is what is known of strangers.
 */
function muteSides({ rows, clicked, user, item, featureNames }: Dataset, constant: readonly string[]): string[] {
  const sides = { user, item };
  return (['user', 'item'] as const).filter(side => {
    const own = featureNames.filter(name => name.startsWith(`${side}.`));
    const varied = own.filter(name => !constant.includes(name)).length;
    if (own.length < 2 * LEAST_VARIED || varied >= LEAST_VARIED) return false;
    const known = new Set<number>();
    let again = 0;
    for (let row = 0; row < rows; row++) {
      if (known.has(sides[side][row]!)) again++;
      else if (clicked[row] === 1) known.add(sides[side][row]!);
    }
    return again >= SEEN_AGAIN;
  });
}

interface Column {
  feature: string;
  values: Float32Array;
}

function skewOf(columns: readonly Column[], before: Dataset): Skew | null {
  const rows = sampled(before.rows);
  const indices = columns.flatMap(({ feature, values }) => {
    const at = before.featureNames.indexOf(feature);
    return at < 0 ? [] : [{ feature, psi: stabilityIndex(spreadOf(columnOf(before, at, rows)), values) }];
  });
  const worst = indices.reduce<(typeof indices)[number] | null>(
    (most, each) => (most && most.psi >= each.psi ? most : each),
    null,
  );
  const changed = indices.filter(({ psi }) => psi > CHANGED_PSI).length;
  return worst && { ...worst, changed, features: indices.length };
}

/** How well a feature tells clicks from the rest, whichever way round; null where there are none to tell. */
function leaks(values: Float32Array, labels: Uint8Array): number | null {
  if (!values.every(Number.isFinite)) return null;
  const found = auc(values, labels);
  return found === null ? null : Math.max(found, 1 - found);
}

function leakOf(columns: readonly Column[], labels: Uint8Array): Inspection['leak'] {
  let most: Inspection['leak'] = null;
  for (const { feature, values } of columns) {
    const told = leaks(values, labels);
    if (told !== null && (!most || told > most.auc)) most = { feature, auc: told };
  }
  return most;
}

/** Rows evenly from all. */
function sampled(rows: number): Uint32Array {
  const every = Math.max(1, Math.ceil(rows / MOST_ROWS));
  return Uint32Array.from({ length: Math.ceil(rows / every) }, (_, at) => at * every);
}

function columnOf({ features, featureNames }: Dataset, at: number, rows: Uint32Array): Float32Array {
  return Float32Array.from(rows, row => features[row * featureNames.length + at]!);
}
