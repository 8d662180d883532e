import { popularity } from '../../models/controls/popularity.ts';
import { eachHistory, type Scorer } from '../../models/controls/scorer.ts';
import { bootstrap, type Interval } from '../../models/evaluate/bootstrap.ts';
import { type NextItems, ranks } from '../../models/evaluate/ranks.ts';
import { random } from '../../models/random.ts';

const K = 10;
const COLD_SHARE = 0.1;
/** How much the event before counts: the newest alone, or several of them. Validation chooses. */
const MEMORIES = [0, 0.5, 0.8, 1] as const;

export interface ColdData {
  items: number;
  training: readonly Int32Array[];
  validation: NextItems;
  test: NextItems;
  /** Items by what describes them: of each a row, by its name; products of rows say how alike items are. */
  contents: Readonly<Record<string, SparseRows>>;
}

/** Rows of length 1 of mostly zeros. */
export interface SparseRows {
  columns: readonly Int32Array[];
  values: readonly Float32Array[];
  width: number;
}

export interface ColdFigures {
  'hr@10': number;
  'ndcg@10': number;
  /** 95 % of HR@10, by the bootstrap over users. */
  interval: Interval;
  memory?: number;
}

/**
 * Items that were kept out of training, ranked for the users who took one of them next: among the items that were kept
 * out, and among all of them.
 */
export async function measureColdItems(data: ColdData, seed: number) {
  const cold = drawCold(data.items, seed);
  const warm = data.training.map(each => each.filter(item => cold[item] === 0));
  const [validation, test] = [data.validation, data.test].map(moments => beforeCold(moments, cold));
  const popular = popularity(warm, data.items);
  const found: Record<string, { cold: ColdFigures; all: ColdFigures }> = {
    popularity: {
      cold: summary(await ranksOf(only(popular, cold), test!), seed),
      all: summary(await ranksOf(popular, test!), seed),
    },
  };
  const everything = cold.map(() => 1);
  for (const [name, rows] of Object.entries(data.contents)) {
    let chosen = { memory: 0, ndcg: -1 };
    for (const memory of MEMORIES) {
      const ndcg = mean(ndcgs(await ranksOf(likeHistory(rows, memory, cold), validation!)));
      if (ndcg > chosen.ndcg) chosen = { memory, ndcg };
    }
    const { memory } = chosen;
    found[name] = {
      cold: { ...summary(await ranksOf(likeHistory(rows, memory, cold), test!), seed), memory },
      all: { ...summary(await ranksOf(likeHistory(rows, memory, everything), test!), seed), memory },
    };
  }
  const coldItems = cold.reduce((sum, each) => sum + each, 0);
  return {
    users: test!.targets.length,
    cold_items: coldItems,
    chance: { cold: K / coldItems, all: K / data.items },
    found,
  };
}

function drawCold(items: number, seed: number): Uint8Array {
  const cold = new Uint8Array(items);
  const order = random(seed, 0).shuffle(Int32Array.from({ length: items }, (_, item) => item));
  for (const item of order.subarray(0, Math.round(items * COLD_SHARE))) cold[item] = 1;
  return cold;
}

function beforeCold({ histories, targets }: NextItems, cold: Uint8Array): NextItems {
  const isCold = (_: unknown, at: number) => cold[targets[at]!] === 1;
  return { histories: histories.filter(isCold), targets: targets.filter(isCold) };
}

/** Items are scored by how alike they are to those of the history, of which the k-th newest counts memory^k. */
function likeHistory({ columns, values, width }: SparseRows, memory: number, among: Uint8Array): Scorer {
  const candidates = [...among.keys()].filter(item => among[item] === 1);
  return eachHistory(columns.length, (history, row) => {
    const profile = new Float32Array(width);
    for (const [back, item] of [...history].reverse().entries()) {
      const weight = memory ** back;
      if (weight === 0) break;
      const own = values[item]!;
      for (const [at, column] of columns[item]!.entries()) profile[column]! += weight * own[at]!;
    }
    row.fill(Number.NEGATIVE_INFINITY);
    for (const item of candidates) {
      const [own, places] = [values[item]!, columns[item]!];
      let sum = 0;
      for (let at = 0; at < own.length; at++) sum += profile[places[at]!]! * own[at]!;
      row[item] = sum;
    }
  });
}

/** Items that may not be ranked stand below all others. */
function only(scorer: Scorer, among: Uint8Array): Scorer {
  return {
    items: scorer.items,
    async score(histories, into) {
      await scorer.score(histories, into);
      for (let at = 0; at < into.length; at++) if (among[at % scorer.items] === 0) into[at] = Number.NEGATIVE_INFINITY;
    },
  };
}

async function ranksOf(scorer: Scorer, moments: NextItems): Promise<Float32Array> {
  const [found] = await ranks([{ scorer, scaled: () => undefined }], [[1]], moments, { withoutHistory: true });
  return found!;
}

function summary(found: Float32Array, seed: number): ColdFigures {
  const hits = Float64Array.from(found, rank => Number(rank < K));
  const share = (times: Uint32Array) => hits.reduce((sum, hit, user) => sum + hit * times[user]!, 0) / hits.length;
  return { 'hr@10': mean(hits), 'ndcg@10': mean(ndcgs(found)), interval: bootstrap(hits.length, share, { seed })! };
}

function ndcgs(found: Float32Array): Float64Array {
  return Float64Array.from(found, rank => (rank < K ? 1 / Math.log2(rank + 2) : 0));
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Rows of tokens, each weighed by how rare it is, ln(items / items that have it), and brought to length 1.
 *
 * @param kept which tokens count
 */
export function rareTokens(descriptions: readonly (readonly string[])[], kept: (token: string) => boolean): SparseRows {
  const sets = descriptions.map(tokens => [...new Set(tokens.filter(kept))]);
  const having = new Map<string, number>();
  for (const token of sets.flat()) having.set(token, (having.get(token) ?? 0) + 1);
  const columnOf = new Map([...having.keys()].map((token, column) => [token, column]));
  return {
    columns: sets.map(tokens => Int32Array.from(tokens, token => columnOf.get(token)!)),
    values: sets.map(tokens => unit(Float32Array.from(tokens, token => Math.log(sets.length / having.get(token)!)))),
    width: columnOf.size,
  };
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map(value => value / length) : vector;
}
