import { byLoss, byRatio, confidenceOf, foundAt, ofGroups } from '../../../models/attack/membership/membership.ts';
import { auc, ndcg } from '../../../models/evaluate/metrics.ts';
import { type Dataset, listsOf } from '../../../models/ranker/dataset/dataset.ts';
import { createWorld } from '../../../test/sim/world.ts';
import { partsOf, realLog } from '../../robustness/shop/log.ts';
import { type Half, halvesOf, type Unit } from './halves.ts';
import { WAYS, type Way } from './ways.ts';

export interface MembershipOptions {
  first: number;
  /** Lists of the shop's log. */
  lists: number;
  users: number;
  /** Models on random halves: each is attacked in its turn, by the others. */
  models: number;
  /** Of what the halves are, and whose membership is guessed beside that of rows. */
  by: Unit;
}

/** A mean over models, and its deviation. */
export interface Spread {
  mean: number;
  deviation: number;
}

export interface Attacked {
  /** By attack, of rows and of what the halves are of: the AUC, and the share found at 1 % false alarms. */
  attacks: Record<string, { auc: Spread; found: Spread }>;
  /** On later lists. */
  ndcg: Spread;
  epochs: Spread;
  epsilon: number | null;
}

/** How well it is told what a ranker has learned from, and what each way to hide that costs. */
export async function measureMembership(
  { first, lists, users, models, by }: MembershipOptions,
  say: (line: string) => void,
): Promise<{ rows: number; ways: Record<string, Attacked> }> {
  const log = realLog(createWorld({ seed: 1, users }), { seed: first, lists });
  const parts = partsOf(log);
  const halves = halvesOf(log, parts.train, by, { first, models });
  const ways: Record<string, Attacked> = {};
  for (const [name, way] of Object.entries(WAYS)) {
    ways[name] = await attacked(way, halves, parts, { first, by });
    say(`${name}: AUC ${ways[name].attacks[`ratio, ${by}`]!.auc.mean.toFixed(3)}`);
  }
  return { rows: parts.train.rows, ways };
}

async function attacked(
  { train: trainOne, memorising = false }: Way,
  halves: readonly Half[],
  { train, validation, later }: { train: Dataset; validation: Dataset; later: Dataset },
  { first, by }: { first: number; by: Unit },
): Promise<Attacked> {
  const confidence: Float64Array[] = [];
  const [gains, epochs, epsilons] = [[] as number[], [] as number[], [] as number[]];
  for (const [model, { part }] of halves.entries()) {
    const trained = await trainOne({ train: part, validation: memorising ? part : validation }, first + model);
    confidence.push(confidenceOf(await trained.ranker.score(train), train.clicked));
    gains.push(gainOf(await trained.ranker.score(later), later));
    epochs.push(trained.epochs);
    if (trained.epsilon !== null) epsilons.push(trained.epsilon);
    await trained.ranker.release();
  }
  const shadows = { confidence, member: halves.map(({ member }) => member) };
  const groups = by === 'lists' ? train.list : train.user;
  const found: Record<string, { auc: number[]; found: number[] }> = {};
  for (const [target, { member }] of halves.entries()) {
    const guesses = { loss: byLoss(confidence[target]!), ratio: byRatio(shadows, target) };
    for (const [name, guess] of Object.entries(guesses)) {
      for (const [of, told] of Object.entries({ rows: { guess, member }, [by]: ofGroups(guess, member, groups) })) {
        found[`${name}, ${of}`] ??= { auc: [], found: [] };
        found[`${name}, ${of}`]!.auc.push(auc(Float32Array.from(told.guess), told.member)!);
        found[`${name}, ${of}`]!.found.push(foundAt(told.guess, told.member, 0.01));
      }
    }
  }
  const spreads = Object.entries(found).map(([name, each]) => {
    return [name, { auc: spreadOf(each.auc), found: spreadOf(each.found) }] as const;
  });
  return {
    attacks: Object.fromEntries(spreads),
    ndcg: spreadOf(gains),
    epochs: spreadOf(epochs),
    epsilon: epsilons.length > 0 ? Math.max(...epsilons) : null,
  };
}

const K = 10;

/** NDCG@10, the mean over lists with a click. */
function gainOf(scores: Float32Array, later: Dataset): number {
  const gains = [...listsOf(later)].flatMap(([start, end]) => {
    const gain = end - start < 2 ? null : ndcg(scores.subarray(start, end), later.clicked.subarray(start, end), K);
    return gain === null ? [] : [gain];
  });
  return gains.reduce((a, b) => a + b, 0) / gains.length;
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}
