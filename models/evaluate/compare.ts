import { type Dataset, listsOf } from '../ranker/dataset/dataset.ts';
import { bootstrap, type Interval } from './bootstrap.ts';
import { type Reliability, reliabilityOf } from './evidence/reliability.ts';
import { type Slice, slicesOf } from './evidence/slices.ts';
import { auc, calibrationError, descending, logLoss, ndcg, reciprocalRank } from './metrics.ts';
import { compareOffPolicy, type OffPolicy } from './off-policy/lists.ts';

/** The three that a gate compares: who wants to serve, who serves, and who has to be beaten in any case. */
export type Contender = 'candidate' | 'champion' | 'popularity';

/** Null where a metric has no meaning here; all of them where scores are not finite. */
export interface Quality {
  finite: boolean;
  ndcg: number | null;
  mrr: number | null;
  auc: number | null;
  /** These two take scores for logits, and mean nothing of the popularity model. */
  logloss: number | null;
  ece: number | null;
}

export interface Evaluation {
  rows: number;
  users: number;
  /** By which metric the contenders are compared: AUC where no list has two items, so that none has an order. */
  by: 'ndcg' | 'auc';
  /** Lists that were judged: those with a click and, for NDCG, two items or more. */
  lists: number;
  clicks: number;
  /** Whether they were shown in uniformly random order, or in the order of a model, whose choices draw clicks. */
  order: 'explored' | 'logged';
  rankers: Record<Contender, Quality>;
  /** Clicks for each that the candidate predicted, over all rows; null where there are none, or scores are not finite. */
  reliability: Reliability | null;
  /** Candidate minus the other by that metric, paired by user; null where it has no meaning. */
  differences: Record<'champion' | 'popularity', Interval | null>;
  /** Candidate and champion in parts of the lists; none where lists have one item each, or scores are not finite. */
  slices: Slice[];
  /** What candidate and champion would bring; null where no list is in random order, or scores are not finite. */
  offPolicy: OffPolicy | null;
}

/** With fewer explored lists than this, logged ones are taken as well. */
const EXPLORED_LISTS = 500;
const AUC_RESAMPLES = 200;
const CUTOFF = 10;

/**
 * Compares rankers on examples that none of them has seen.
 *
 * NDCG, MRR and AUC are taken over lists in random order where there are enough, because people click what stands
 * first, and a model that repeats the logged order would be praised for it. Log loss and calibration are taken over all.
 *
 * @param scores of each row
 * @param explored_lists how many lists in random order are enough
 */
export function evaluateRankers(
  dataset: Dataset,
  scores: Readonly<Record<Contender, Float32Array>>,
  { seed, explored_lists = EXPLORED_LISTS }: { seed: number; explored_lists?: number },
): Evaluation {
  const part = judgedPart(dataset, explored_lists);
  const candidate = measure(dataset, part, scores.candidate);
  const champion = measure(dataset, part, scores.champion);
  const popularity = measure(dataset, part, scores.popularity);
  return {
    rows: dataset.rows,
    users: part.users,
    by: part.by,
    lists: part.lists.length,
    clicks: part.lists.reduce((sum, list) => sum + clicksOf(dataset, list), 0),
    order: part.order,
    rankers: { candidate: candidate.quality, champion: champion.quality, popularity: popularity.quality },
    reliability: candidate.judged && reliabilityOf(scores.candidate, dataset.clicked, dataset.user),
    differences: {
      champion: difference(part, candidate, champion, seed),
      popularity: difference(part, candidate, popularity, seed),
    },
    slices: part.by === 'ndcg' ? slicesIn(dataset, part, candidate, champion, seed) : [],
    offPolicy: candidate.judged && champion.judged && compareOffPolicy(dataset, scores, { seed }),
  };
}

type List = readonly [start: number, end: number];

/** What the rankers are judged on. */
interface Part {
  order: Evaluation['order'];
  by: Evaluation['by'];
  lists: readonly List[];
  /** The user of each of these lists, numbered from 0. */
  listUser: Int32Array;
  /** All rows in this order, with or without a click in their list. */
  rows: Uint32Array;
  labels: Uint8Array;
  rowUser: Int32Array;
  users: number;
}

function judgedPart(dataset: Dataset, explored_lists: number): Part {
  const all = [...listsOf(dataset)];
  const explored = all.filter(([start]) => dataset.explored[start] === 1);
  const by = all.some(([start, end]) => end - start > 1) ? 'ndcg' : 'auc';
  const telling = (list: List) => clicksOf(dataset, list) > 0 && (by === 'auc' || list[1] - list[0] > 1);
  const isEnough = explored.filter(telling).length >= explored_lists;
  const lists = (isEnough ? explored : all).filter(telling);
  const rows = Uint32Array.from(dataset.explored.keys()).filter(row => !isEnough || dataset.explored[row] === 1);

  const numbers = new Map<number, number>();
  for (const row of rows) if (!numbers.has(dataset.user[row]!)) numbers.set(dataset.user[row]!, numbers.size);
  const userOf = (row: number) => numbers.get(dataset.user[row]!)!;
  return {
    order: isEnough ? 'explored' : 'logged',
    by,
    lists,
    listUser: Int32Array.from(lists, ([start]) => userOf(start)),
    rows,
    labels: Uint8Array.from(rows, row => dataset.clicked[row]!),
    rowUser: Int32Array.from(rows, userOf),
    users: numbers.size,
  };
}

interface Measured {
  quality: Quality;
  /** Null where scores are not finite. */
  judged: Judged | null;
}

/** The NDCG of each list of the part, and the scores of its rows with their order. */
interface Judged {
  gains: Float64Array;
  scores: Float32Array;
  descending: Uint32Array;
}

function measure(dataset: Dataset, part: Part, scores: Float32Array): Measured {
  if (scores.length !== dataset.rows || !scores.every(Number.isFinite)) {
    return { quality: { finite: false, ndcg: null, mrr: null, auc: null, logloss: null, ece: null }, judged: null };
  }
  const over = (metric: typeof ndcg) =>
    part.lists.map(([start, end]) => metric(scores.subarray(start, end), dataset.clicked.subarray(start, end))!);
  const gains = Float64Array.from(over((values, labels) => ndcg(values, labels, CUTOFF)));
  const rows = Float32Array.from(part.rows, row => scores[row]!);
  const order = descending(rows);
  return {
    quality: {
      finite: true,
      ndcg: part.by === 'ndcg' ? mean(gains) : null,
      mrr: part.by === 'ndcg' ? mean(over(reciprocalRank)) : null,
      auc: auc(rows, part.labels, order),
      logloss: logLoss(scores, dataset.clicked),
      ece: calibrationError(scores, dataset.clicked),
    },
    judged: { gains, scores: rows, descending: order },
  };
}

function difference(part: Part, { judged: a }: Measured, { judged: b }: Measured, seed: number): Interval | null {
  if (!a || !b) return null;
  return part.by === 'ndcg'
    ? bootstrap(part.users, times => meanGain(part, a, times) - meanGain(part, b, times), { seed })
    : bootstrap(part.users, times => drawnAuc(part, a, times) - drawnAuc(part, b, times), {
        seed,
        resamples: AUC_RESAMPLES,
      });
}

function slicesIn(
  dataset: Dataset,
  part: Part,
  { judged: a }: Measured,
  { judged: b }: Measured,
  seed: number,
): Slice[] {
  return a && b ? slicesOf(dataset, { ...part, candidate: a.gains, champion: b.gains }, seed) : [];
}

/** The mean NDCG of the lists of a draw of users; NaN where they have none. */
function meanGain({ listUser }: Part, { gains }: Judged, times: Uint32Array): number {
  let [total, lists] = [0, 0];
  for (const [list, user] of listUser.entries()) {
    total += times[user]! * gains[list]!;
    lists += times[user]!;
  }
  return total / lists;
}

function drawnAuc({ labels, rowUser }: Part, { scores, descending }: Judged, times: Uint32Array): number {
  return auc(scores, labels, descending, row => times[rowUser[row]!]!) ?? Number.NaN;
}

function clicksOf({ clicked }: Dataset, [start, end]: List): number {
  return clicked.subarray(start, end).reduce((sum, each) => sum + each, 0);
}

function mean(values: ArrayLike<number>): number | null {
  return values.length === 0 ? null : Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}
