import { type HeadOptions, type Labelled, trainHead } from '../../../models/images/head.ts';
import { random } from '../../../models/random.ts';

/** Examples, and the same in other views of theirs to learn from as well, row by row. */
export interface Examples extends Labelled {
  readonly views: Readonly<Record<string, Float32Array>>;
}

export interface Choice {
  readonly l2: number;
  /** Views that are learned from beside the examples themselves: none or one. */
  readonly views: readonly string[];
  /** Share of the training examples that are right, each by a head that has not seen it. */
  readonly accuracy: number;
}

const L2 = [0.01, 0.03, 0.1];
const FOLDS = 5;

/**
 * Chooses regularisation and views by cross-validation among the training examples. Views are taken only where they
 * make more right than one standard error of the difference, since each costs as much as all examples.
 *
 * @returns the choice, and the best without views and with each
 */
export async function chooseHead(
  examples: Examples,
  { seed, ...options }: Omit<HeadOptions, 'l2'> & { seed: number },
): Promise<{ chosen: Choice; tried: Choice[] }> {
  const folds = dealt(examples.labels.length, seed);
  const bestOf = async (views: readonly string[]) => {
    const found: (Choice & { right: Uint8Array })[] = [];
    for (const l2 of L2) {
      const right = await rightOf(examples, views, folds, { ...options, l2 });
      found.push({ l2, views, accuracy: share(right), right });
    }
    return found.reduce((best, each) => (each.accuracy > best.accuracy ? each : best));
  };
  const sets = [[], ...Object.keys(examples.views).map(name => [name])];
  const tried = [];
  for (const views of sets) tried.push(await bestOf(views));
  const [plain, ...others] = tried;
  const better = others.filter(each => gainOf(each.right, plain!.right) > 1);
  const chosen = [plain!, ...better].reduce((best, each) => (each.accuracy > best.accuracy ? each : best));
  const told = ({ l2, views, accuracy }: Choice): Choice => ({ l2, views, accuracy });
  return { chosen: told(chosen), tried: tried.map(told) };
}

/** The rows of the examples and of the views that are to be learned from as well, one behind the other. */
export function withViews(examples: Examples, views: readonly string[], rows: readonly number[]): Labelled {
  const { frames, width, classes } = examples;
  const size = frames * width;
  const sources = [examples.vectors, ...views.map(name => examples.views[name]!)];
  const vectors = new Float32Array(sources.length * rows.length * size);
  for (const [source, from] of sources.entries()) {
    for (const [place, row] of rows.entries()) {
      vectors.set(from.subarray(row * size, (row + 1) * size), (source * rows.length + place) * size);
    }
  }
  const labels = Int32Array.from(sources.flatMap(() => rows.map(row => examples.labels[row]!)));
  return { vectors, labels, frames, width, classes };
}

/** 1 for each example that is right under the head of the other folds. */
async function rightOf(
  examples: Examples,
  views: readonly string[],
  folds: readonly (readonly number[])[],
  options: HeadOptions,
): Promise<Uint8Array> {
  const right = new Uint8Array(examples.labels.length);
  for (const fold of folds) {
    const others = folds.filter(each => each !== fold).flat();
    const head = await trainHead(withViews(examples, views, others), options);
    const classes = await head.classes(withViews(examples, [], fold));
    await head.release();
    for (const [place, row] of fold.entries()) right[row] = Number(classes[place] === examples.labels[row]);
  }
  return right;
}

function dealt(rows: number, seed: number): number[][] {
  const order = [...random(seed).shuffle(Uint32Array.from({ length: rows }, (_, row) => row))];
  return Array.from({ length: FOLDS }, (_, fold) => order.filter((_, place) => place % FOLDS === fold));
}

/** By how many standard errors more are right: McNemar's statistic, with its sign. */
function gainOf(right: Uint8Array, before: Uint8Array): number {
  const changed = right.filter((each, row) => each !== before[row]).length;
  const gained = right.reduce((sum, each, row) => sum + each - before[row]!, 0);
  return changed === 0 ? 0 : gained / Math.sqrt(changed);
}

function share(right: Uint8Array): number {
  return right.reduce((sum, each) => sum + each, 0) / right.length;
}
