import { byLoss, byRatio, confidenceOf, foundAt, ofLists } from '../../../models/attack/membership/membership.ts';
import { auc, ndcg } from '../../../models/evaluate/metrics.ts';
import { random } from '../../../models/random.ts';
import { type Dataset, listsOf, withLists } from '../../../models/ranker/dataset/dataset.ts';
import { openFeatureRanker } from '../../../models/ranker/feature-model.ts';
import { type TrainOptions, trainRanker } from '../../../models/ranker/train.ts';
import { createWorld } from '../../../test/sim/world.ts';
import { partsOf, realLog } from '../../robustness/shop/log.ts';

export interface MembershipOptions {
  first: number;
  /** Lists of the shop's log. */
  lists: number;
  users: number;
  /** Models on random halves: each is attacked in its turn, by the others. */
  models: number;
}

/** A mean over models, and its deviation. */
export interface Spread {
  mean: number;
  deviation: number;
}

const ATTACKS = ['loss, rows', 'loss, lists', 'ratio, rows', 'ratio, lists'] as const;

export interface Attacked {
  /** By attack: the AUC, and the share found at 1 % false alarms. */
  attacks: Record<(typeof ATTACKS)[number], { auc: Spread; found: Spread }>;
  /** On later lists. */
  ndcg: Spread;
  epochs: Spread;
  epsilon: number | null;
}

/** How a ranker is trained. `memorising`: until it knows its own examples best, which nobody should do. */
const WAYS: Record<string, Partial<TrainOptions> & { memorising?: boolean }> = {
  'until it knows its examples': { memorising: true, epochs: 60, patience: 60 },
  'as it is: stopped by later lists': {},
  'smaller: one layer of 16': { hidden: [16] },
  'noise 0.5': { privacy: { noise: 0.5, clip: 1 }, epochs: 10 },
  'noise 1': { privacy: { noise: 1, clip: 1 }, epochs: 10 },
  'noise 2': { privacy: { noise: 2, clip: 1 }, epochs: 10 },
};

/** How well it is told what a ranker has learned from, and what each way to hide that costs. */
export async function measureMembership(
  { first, lists, users, models }: MembershipOptions,
  say: (line: string) => void,
): Promise<{ rows: number; ways: Record<string, Attacked> }> {
  const parts = partsOf(realLog(createWorld({ seed: 1, users }), { seed: first, lists }));
  const halves = Array.from({ length: models }, (_, model) => halfOf(parts.train, random(first, model)));
  const ways: Record<string, Attacked> = {};
  for (const [name, { memorising = false, ...options }] of Object.entries(WAYS)) {
    const trained = [];
    for (const [model, { part }] of halves.entries()) {
      const validation = memorising ? part : parts.validation;
      trained.push(await trainRanker({ train: part, validation }, { seed: first + model, ...options }));
    }
    ways[name] = await attacked(trained, halves, parts);
    say(`${name}: AUC ${ways[name].attacks['ratio, lists'].auc.mean.toFixed(3)}`);
  }
  return { rows: parts.train.rows, ways };
}

interface Half {
  part: Dataset;
  /** [rows] of the whole. */
  member: Uint8Array;
}

/** Each list by chance. */
function halfOf(train: Dataset, draws: ReturnType<typeof random>): Half {
  const member = new Uint8Array(train.rows);
  const chosen = [...listsOf(train)].filter(() => draws.uniform() < 0.5);
  for (const [start, end] of chosen) member.fill(1, start, end);
  return { part: withLists(train, chosen), member };
}

async function attacked(
  trained: readonly Awaited<ReturnType<typeof trainRanker>>[],
  halves: readonly Half[],
  { train, later }: { train: Dataset; later: Dataset },
): Promise<Attacked> {
  const confidence: Float64Array[] = [];
  const gains: number[] = [];
  for (const { model } of trained) {
    const ranker = await openFeatureRanker(model, train.featureNames.length);
    confidence.push(confidenceOf(await ranker.score(train), train.clicked));
    gains.push(gainOf(await ranker.score(later), later));
    await ranker.release();
  }
  const shadows = { confidence, member: halves.map(({ member }) => member) };
  const lists = [...listsOf(train)];
  const found = Object.fromEntries(
    ATTACKS.map(name => [name, { auc: [] as number[], found: [] as number[] }]),
  ) as Record<(typeof ATTACKS)[number], { auc: number[]; found: number[] }>;
  for (const [target, { member }] of halves.entries()) {
    for (const name of ATTACKS) {
      const guess = name.startsWith('loss') ? byLoss(confidence[target]!) : byRatio(shadows, target);
      const of = name.endsWith('lists') ? ofLists(guess, member, lists) : { guess, member };
      found[name].auc.push(auc(Float32Array.from(of.guess), of.member)!);
      found[name].found.push(foundAt(of.guess, of.member, 0.01));
    }
  }
  const told = trained.flatMap(({ told }) => (told ? [told.epsilon] : []));
  return {
    attacks: Object.fromEntries(
      ATTACKS.map(name => [name, { auc: spreadOf(found[name].auc), found: spreadOf(found[name].found) }]),
    ) as Attacked['attacks'],
    ndcg: spreadOf(gains),
    epochs: spreadOf(trained.map(({ metrics }) => metrics.best_epoch)),
    epsilon: told.length > 0 ? Math.max(...told) : null,
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
