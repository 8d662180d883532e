import { bootstrap, type Interval } from '../../../models/evaluate/bootstrap.ts';
import { attributed } from '../../../models/explain/attribution.ts';
import { CHANGES, type Change, movesOf } from '../../../models/explain/counterfactual.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { decode } from '../../../models/graph/file/decode.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import type { Graph } from '../../../models/graph/tensor.ts';
import { random } from '../../../models/random.ts';
import type { Dataset } from '../../../models/ranker/dataset/dataset.ts';
import { openFeatureRanker } from '../../../models/ranker/feature-model.ts';
import { HISTORY } from '../../../models/ranker/model.ts';
import { trainRanker } from '../../../models/ranker/train.ts';
import { createWorld } from '../../../test/sim/world.ts';
import { type Parts, partsOf, realLog } from '../../robustness/shop/log.ts';
import { type Falls, fallsOf } from './deletion.ts';
import { alike, forgetful, layersOf } from './randomised.ts';
import { type JudgedList, judgedLists } from './shop.ts';

export interface ExplainOptions {
  first: number;
  seeds: number;
  lists: number;
  /** Of the later part, how many are explained. */
  judged: number;
  users: number;
}

export interface ExplainFigures {
  seeds: number;
  items: number;
  /** The greatest difference of a score and what adds up to it, in logits. */
  error: number;
  falls: Record<keyof Falls, Interval>;
  /** Attributed minus drawn, and minus farthest, of the same items. */
  faster: Record<'drawn' | 'farthest', Interval>;
  /** Kendall's correlation with the ranker's own explanations. */
  alike: Record<string, Interval>;
  /** Of items, the share that a change would have moved, and the least amount in the middle; null where it never does. */
  moves: Record<Change, { share: Interval; amount: number | null }>;
  minutes: number;
}

/** What one user's items gave. */
interface Found {
  user: number;
  falls: Falls[];
  alike: Record<string, number[]>;
  moves: Partial<Record<Change, number>>[];
}

/**
 * Whether explanations say what the ranker does: faster falls where what they name is taken away, and other explanations
 * where the ranker is another. Each seed draws other visits and other first parameters; intervals are over users.
 */
export async function measureExplanations(
  { first, seeds, lists, judged, users }: ExplainOptions,
  say: (line: string) => void,
): Promise<ExplainFigures> {
  const started = performance.now();
  const world = createWorld({ seed: 1, users });
  const found: Found[] = [];
  let error = 0;
  for (let run = 0; run < seeds; run++) {
    const seed = first + run;
    const log = realLog(world, { seed, lists });
    const parts = partsOf(log);
    const graph = await trained(parts, seed);
    const others = {
      ...Object.fromEntries(
        Array.from({ length: layersOf(graph) }, (_, n) => [forgotten(n + 1), forgetful(graph, n + 1, seed)]),
      ),
      'learned from shuffled clicks': await trained(withoutSense(parts, seed), seed),
      'learned anew with another seed': await trained(parts, seed + OTHER),
    };
    const spread = spreadOf(parts.train);
    const chosen = judgedLists(log, judged);
    const ranker = await openFeatureRanker(encode(graph), FEATURE_NAMES.length);
    const score = (rows: readonly Float32Array[]) => ranker.score(batchOf(rows));
    for (const list of chosen) {
      const each = await explained(list, graph, others, score, spread, random(seed, found.length));
      found.push({ ...each, user: run * users + Number(list.user.slice(1)) });
      error = Math.max(error, each.error);
    }
    await ranker.release();
    say(`seed ${seed}: ${chosen.length} lists`);
  }
  return { seeds, ...figuresOf(found), error, minutes: (performance.now() - started) / 60_000 };
}

/** Of users of different seeds none is the same, nor are the seeds of the second training. */
const OTHER = 1_000;
const forgotten = (layers: number) => (layers === 1 ? 'the last layer shuffled' : `the last ${layers} layers shuffled`);

async function explained(
  { rows, items, known }: JudgedList,
  graph: Graph,
  others: Readonly<Record<string, Graph>>,
  score: (rows: readonly Float32Array[]) => Promise<Float32Array>,
  spread: Float32Array,
  draws: ReturnType<typeof random>,
) {
  const own = await attributed(graph, FEATURE_NAMES, rows);
  const like: Record<string, number[]> = {};
  for (const [name, other] of Object.entries(others))
    like[name] = alike(own, await attributed(other, FEATURE_NAMES, rows));
  const scores = Float32Array.from(own.items, ({ score }) => score);
  const moves = await movesOf({ items, scores }, rows, known, score);
  const sum = (of: object) => Object.values(of).reduce((all: number, each: number) => all + each, own.baseline);
  return {
    falls: await fallsOf(rows, own, score, spread, draws),
    alike: like,
    moves: moves.map(some => Object.fromEntries(some.map(({ change, amount }) => [change, amount]))),
    error: Math.max(...own.items.map(({ score, groups }) => Math.abs(sum(groups) - score))),
  };
}

async function trained(parts: Parts, seed: number): Promise<Graph> {
  const { model } = await trainRanker(parts, { seed });
  return decode(model, 'the trained ranker');
}

/** The same lists with clicks that say nothing (Adebayo et al. 2018, section 3.2). */
function withoutSense(parts: Parts, seed: number): Parts {
  const shuffled = (data: Dataset, part: number): Dataset => {
    const order = random(seed, 91, part).shuffle(Int32Array.from({ length: data.rows }, (_, row) => row));
    return { ...data, clicked: Uint8Array.from(order, row => data.clicked[row]!) };
  };
  return { ...parts, train: shuffled(parts.train, 1), validation: shuffled(parts.validation, 2) };
}

/** The deviation of each feature; 1 where it does not vary. */
function spreadOf({ features, rows }: Dataset): Float32Array {
  const width = FEATURE_NAMES.length;
  const [sum, squares] = [new Float64Array(width), new Float64Array(width)];
  for (let at = 0; at < rows * width; at++) {
    sum[at % width]! += features[at]!;
    squares[at % width]! += features[at]! ** 2;
  }
  return Float32Array.from(sum, (each, k) => Math.sqrt(Math.max(0, squares[k]! / rows - (each / rows) ** 2)) || 1);
}

function batchOf(rows: readonly Float32Array[]) {
  const width = FEATURE_NAMES.length;
  const features = new Float32Array(rows.length * width);
  for (const [n, row] of rows.entries()) features.set(row, n * width);
  const none = new Int32Array(rows.length);
  return {
    rows: rows.length,
    features,
    items: [],
    item: none,
    list: none,
    history: new Int32Array(HISTORY),
    contents: {},
  };
}

function figuresOf(found: readonly Found[]): Omit<ExplainFigures, 'seeds' | 'error' | 'minutes'> {
  const falls = (of: (falls: Falls) => number) => mean(found, ({ falls }) => falls.map(of));
  const names = Object.keys(found[0]?.alike ?? {});
  const amounts = (change: Change) =>
    found.flatMap(({ moves }) => moves.flatMap(move => move[change] ?? [])).sort((a, b) => a - b);
  return {
    items: found.reduce((sum, { falls }) => sum + falls.length, 0),
    falls: {
      attributed: falls(({ attributed }) => attributed),
      drawn: falls(({ drawn }) => drawn),
      farthest: falls(({ farthest }) => farthest),
    },
    faster: {
      drawn: falls(({ attributed, drawn }) => attributed - drawn),
      farthest: falls(({ attributed, farthest }) => attributed - farthest),
    },
    alike: Object.fromEntries(names.map(name => [name, mean(found, ({ alike }) => alike[name]!)])),
    moves: Object.fromEntries(
      CHANGES.map(change => {
        const share = mean(found, ({ moves }) => moves.map(move => Number(move[change] !== undefined)));
        const sorted = amounts(change);
        return [change, { share, amount: sorted[Math.floor(sorted.length / 2)] ?? null }];
      }),
    ) as ExplainFigures['moves'],
  };
}

/** The mean over items, with its interval over users. */
export function mean<F extends { user: number }>(found: readonly F[], of: (found: F) => readonly number[]): Interval {
  const users = new Map<number, { sum: number; count: number }>();
  for (const each of found) {
    const own = users.get(each.user) ?? { sum: 0, count: 0 };
    for (const value of of(each)) {
      own.sum += value;
      own.count += 1;
    }
    users.set(each.user, own);
  }
  const all = [...users.values()];
  return bootstrap(
    all.length,
    times => {
      let [sum, count] = [0, 0];
      for (const [user, often] of times.entries()) {
        sum += often * all[user]!.sum;
        count += often * all[user]!.count;
      }
      return sum / count;
    },
    { seed: 1 },
  )!;
}
