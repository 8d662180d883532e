import type { NextItems } from '../../evaluate/ranks.ts';
import * as f from '../../graph/functions.ts';
import { gradients } from '../../graph/gradients.ts';
import { graphOf } from '../../graph/graph.ts';
import { openSession, type Session, value } from '../../graph/runtime.ts';
import { constant, input } from '../../graph/tensor.ts';
import { crossEntropy } from '../../graph/training/losses.ts';
import { historyFeeds, historyInputs, type RankerModel, rankerVector, scoresAfter } from '../../sequence/ranker.ts';
import { type Known, targetFeed } from './moments.ts';
import type { Victim } from './victim.ts';

export interface HostileOptions {
  /** How many are added, each the newest event at its time. */
  readonly clicks: number;
  /** So many items are tried for each, the first by the gradient, */
  readonly tried: number;
  /** of those that the attacker can make people click: his own. */
  readonly among: readonly number[];
}

/** Histories that are attacked at a time. */
const BATCH = 64;

/**
 * Clicks that are added to each history so that the victim finds the least what the user takes next. One is chosen after
 * the other: those are tried whose vector, by the gradient at the newest event, promises the greatest loss, as HotFlip
 * does with words (Ebrahimi et al., "HotFlip: white-box adversarial examples for text classification", ACL 2018), and
 * that with the greatest real loss is taken. The result is of items alone, so it can be turned against any ranker.
 */
export async function hostileClicks(
  victim: Victim,
  { histories, targets }: NextItems,
  { clicks, ...how }: HostileOptions,
): Promise<NextItems> {
  const attacker = await openAttacker(victim, how);
  try {
    const attacked: Int32Array[] = [];
    for (let start = 0; start < histories.length; start += BATCH) {
      const own = targets.slice(start, start + BATCH);
      let some = histories.slice(start, start + BATCH);
      for (let click = 0; click < clicks; click++) some = await attacker.worse({ histories: some, targets: own });
      attacked.push(...some);
    }
    return { histories: attacked, targets };
  } finally {
    await attacker.release();
  }
}

async function openAttacker(
  { model, parameters, table }: Victim,
  { tried, among }: Pick<HostileOptions, 'tried' | 'among'>,
) {
  const [proposing, judging] = [await openSession(proposals(model, among)), await openSession(losses(model))];
  const feeds = {
    parameters: value('float32', parameters, [parameters.length]),
    table: value('float32', table, [model.items, model.shape.width]),
  };
  const run = (session: Session, { histories, targets }: Known) =>
    session.run({ ...feeds, ...historyFeeds(histories, model.shape.length), target: targetFeed(targets) });

  return {
    /** Each history with one event more. */
    async worse({ histories, targets }: Known): Promise<Int32Array[]> {
      const held = histories.map(history => withNewest(history, history.at(-1) ?? 0));
      const promised = (await run(proposing, { histories: held, targets })).items!;
      const width = promised.dims[1]!;
      const candidates = histories.flatMap((history, row) => {
        const left = new Set([...history, targets[row]!]);
        const best = Array.from(promised.data.slice(row * width, (row + 1) * width) as BigInt64Array, Number);
        return best
          .map(place => among[place]!)
          .filter(item => !left.has(item))
          .slice(0, tried)
          .map(item => ({ row, history: withNewest(history, item) }));
      });
      const judged = await run(judging, {
        histories: candidates.map(({ history }) => history),
        targets: Int32Array.from(candidates, ({ row }) => targets[row]!),
      });
      const worst = histories.map(history => ({ history, loss: Number.NEGATIVE_INFINITY }));
      for (const [at, { row, history }] of candidates.entries()) {
        const loss = Number(judged.losses!.data[at]);
        if (loss > worst[row]!.loss) worst[row] = { history, loss };
      }
      return worst.map(({ history }) => history);
    },
    async release() {
      await Promise.all([proposing.release(), judging.release()]);
    },
  };
}

function withNewest(history: Int32Array, item: number): Int32Array {
  const longer = new Int32Array(history.length + 1);
  longer.set(history);
  longer[history.length] = item;
  return longer;
}

/** `items` int64 [B, among]: their places, that first in whose direction the loss grows fastest at the newest event. */
function proposals(model: RankerModel, among: readonly number[]) {
  const { taken, places, table, rows } = lossOf(model);
  const slope = gradients(f.sum(rows), [taken])[0]!;
  const newest = f.gather(f.reshape(slope, [-1, model.shape.width]), places);
  const theirs = f.gather(table, constant('int64', BigInt64Array.from(among, BigInt), [among.length]));
  const [, items] = f.topK(f.gemm(newest, theirs, { transB: true }), among.length, 1);
  return graphOf({ items });
}

/** `losses` [B]: of each history, in nats. */
function losses(model: RankerModel) {
  return graphOf({ losses: lossOf(model).rows });
}

function lossOf(model: RankerModel) {
  const vector = rankerVector(model);
  const parameters = input('parameters', 'float32', [vector.size]);
  const table = input('table', 'float32', [model.items, model.shape.width]);
  const [sequence, places] = historyInputs();
  const taken = f.gather(table, sequence);
  const scores = scoresAfter({ taken, places, table }, model, vector.slices(parameters));
  return { taken, places, table, rows: crossEntropy(scores, input('target', 'int64', ['B'])) };
}
