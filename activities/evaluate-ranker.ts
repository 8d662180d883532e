import { z } from 'zod';
import { evaluateRankers } from '../models/evaluate/compare.ts';
import { judge } from '../models/evaluate/gate.ts';
import { POPULARITY_FEATURE } from '../models/features/aggregates/defaults.ts';
import { FEATURE_NAMES } from '../models/features/vector.ts';
import { type Dataset, splitByTime } from '../models/ranker/dataset.ts';
import { readDataset } from '../models/ranker/dataset-file.ts';
import { popularityModel } from '../models/ranker/popularity.ts';
import { openRanker, type RankerFile } from '../models/registry/open-ranker.ts';
import { openModel, rankerFileOf } from '../models/registry/registry.ts';
import { id } from '../schemas/events.ts';
import type { Verdict } from '../schemas/models.ts';
import { readCandidate } from './candidate-file.ts';
import { modelsIn } from './places.ts';
import type { Ports } from './ports.ts';
import { Snapshot } from './snapshot/snapshot-examples.ts';
import { Candidate } from './train-ranker.ts';

export const EvaluateRanker = z.object({
  snapshot: Snapshot,
  candidate: Candidate,
  /** The model that serves; null: nobody does, and popularity stands in for it. */
  champion: id.nullable(),
  seed: z.int().nonnegative(),
});
export type EvaluateRanker = z.infer<typeof EvaluateRanker>;

/** Compares candidate, champion and popularity on the last part of the snapshot, which training did not look at. */
export async function evaluateRanker(ports: Ports, request: EvaluateRanker): Promise<Verdict> {
  const { snapshot, candidate, champion, seed } = request;
  const { dataset } = await readDataset(snapshot.path);
  const later = splitByTime(dataset).at(-1)!;
  const serving = champion && (await comparable(ports, champion, snapshot.features_version));
  const scores = {
    candidate: await scoresOf(ports, await fileOf(candidate, dataset), later),
    champion: await scoresOf(ports, serving || POPULARITY, later),
    popularity: await scoresOf(ports, POPULARITY, later),
  };
  return judge({ evaluation: evaluateRankers(later, scores, { seed }) });
}

const POPULARITY: RankerFile = {
  kind: 'popularity',
  model: popularityModel(FEATURE_NAMES, POPULARITY_FEATURE),
  features: FEATURE_NAMES.length,
  items: [],
  contents: {},
};

/** The champion's file; undefined where it reads vectors of another layout, which these examples do not have. */
async function comparable({ config }: Ports, champion: string, version: string): Promise<RankerFile | undefined> {
  const registered = await openModel(modelsIn(config), champion);
  return registered.manifest.features_version === version ? rankerFileOf(registered) : undefined;
}

async function fileOf(candidate: Candidate, { featureNames }: Dataset): Promise<RankerFile> {
  const { kind, contents = {} } = candidate;
  return { kind, features: featureNames.length, contents, ...(await readCandidate(candidate)) };
}

async function scoresOf({ config }: Ports, file: RankerFile, part: Dataset): Promise<Float32Array> {
  const ranker = await openRanker(file, { providers: config.providers, threads: config.threads });
  try {
    return await ranker.score(part);
  } finally {
    await ranker.release();
  }
}
