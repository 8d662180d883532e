import { calibrated } from '../../models/calibrate/calibrate.ts';
import { logLoss, ndcg } from '../../models/evaluate/metrics.ts';
import { trainFusionRanker } from '../../models/fusion/train.ts';
import { type Dataset, listsOf, splitByTime, trainingParts } from '../../models/ranker/dataset/dataset.ts';
import { trainRanker } from '../../models/ranker/train.ts';
import type { Forerunner } from '../../models/ranker/warm-start.ts';
import { sha256Of } from '../../models/registry/hash.ts';
import { openRanker } from '../../models/registry/open-ranker.ts';
import { history, OPENED_MS } from '../../test/sim/history.ts';
import { createWorld } from '../../test/sim/world.ts';
import { examplesOf } from '../modalities/examples.ts';
import { ShopState } from '../modalities/shop-state.ts';

export interface WarmStartOptions {
  kind: 'mlp' | 'fusion';
  first: number;
  seeds: number;
  /** Lists of the log with which each seed begins. */
  lists: number;
  /** How often it grows, by GROWTH each time, and is trained on anew. */
  rounds: number;
  users: number;
}

/** One training, judged on the lists behind its log, as many as it has grown by. */
export interface Trained {
  seed: number;
  round: number;
  way: 'cold' | 'warm';
  best_epoch: number;
  epochs: number;
  cpu_seconds: number;
  validation_loss: number;
  ndcg: number;
  log_loss: number;
}

const GROWTH = 1.25;
const K = 10;
const BROWSING = 0.7;

/** In each round one ranker begins from nothing and one from the warm one of the round before, the first of which is cold. */
export async function measureWarmStart(
  { kind, first, seeds, lists, rounds, users }: WarmStartOptions,
  say: (line: string) => void,
): Promise<Trained[]> {
  const world = createWorld({ seed: 1, users });
  const found: Trained[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    const sizes = Array.from({ length: rounds + 2 }, (_, round) => Math.round(lists * GROWTH ** round));
    const shown = history(world, { seed, lists: sizes.at(-1)!, browsing: BROWSING });
    const log = { ...examplesOf(shown, world.items, new ShopState(world.items, OPENED_MS)), contents: {} };
    let before: Forerunner | undefined;
    for (const [round, size] of sizes.slice(0, -1).entries()) {
      const [known, later] = splitByTime(log, [size, sizes[round + 1]! - size, sizes.at(-1)! - sizes[round + 1]!]);
      for (const way of round === 0 ? (['cold'] as const) : (['cold', 'warm'] as const)) {
        const trained = await train(kind, known!, seed, way === 'warm' ? before : undefined);
        const figures = await judged(trained, later!);
        found.push({ seed, round, way, ...trained.told, ...figures });
        say(`seed ${seed}, round ${round}, ${way}: ${JSON.stringify({ ...trained.told, ...figures })}`);
        if (way === 'warm' || round === 0) before = trained.forerunner;
      }
    }
  }
  return found;
}

async function train(kind: WarmStartOptions['kind'], log: Dataset, seed: number, from: Forerunner | undefined) {
  const parts = trainingParts(log);
  const trainKind = kind === 'mlp' ? trainRanker : trainFusionRanker;
  const trained: Awaited<ReturnType<typeof trainRanker>> & { items?: string[] } = await trainKind(parts, {
    seed,
    from,
  });
  if (trained.start && 'cold' in trained.start) throw new Error(trained.start.cold);
  const file = { kind, features: log.featureNames.length, items: trained.items ?? [], contents: {} };
  const { model } = await calibrated({ ...file, model: trained.model }, parts.calibration, {});
  const { best_epoch, epochs, cpu_seconds, validation_loss } = trained.metrics;
  const forerunner: Forerunner = {
    ...{ model: 'before', sha256: sha256Of(model), snapshots: [], graph: model, items: file.items, contents: {} },
    features: log.featureNames,
    learned_until_ms: parts.train.at_ms.at(-1)!,
  };
  return { forerunner, file: { ...file, model }, told: { best_epoch, epochs, cpu_seconds, validation_loss } };
}

async function judged({ file }: Awaited<ReturnType<typeof train>>, later: Dataset) {
  const ranker = await openRanker(file);
  const scores = await ranker.score(later);
  await ranker.release();
  const gains = [...listsOf(later)].flatMap(([start, end]) => {
    const gain = end - start < 2 ? null : ndcg(scores.subarray(start, end), later.clicked.subarray(start, end), K);
    return gain === null ? [] : [gain];
  });
  return { ndcg: gains.reduce((a, b) => a + b, 0) / gains.length, log_loss: logLoss(scores, later.clicked)! };
}
