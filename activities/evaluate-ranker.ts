import { z } from 'zod';
import { evaluateRankers } from '../models/evaluate/compare.ts';
import { judge } from '../models/evaluate/gate.ts';
import { FEATURE_NAMES, POPULARITY_FEATURE } from '../models/features/vector.ts';
import { openSession, value } from '../models/graph/runtime.ts';
import { type Dataset, splitByTime } from '../models/ranker/dataset.ts';
import { readDataset } from '../models/ranker/dataset-file.ts';
import { popularityModel } from '../models/ranker/popularity.ts';
import { PORTS } from '../models/ranker/ranker.ts';
import { openModel } from '../models/registry/registry.ts';
import { id } from '../schemas/events.ts';
import type { Verdict } from '../schemas/models.ts';
import { modelsIn } from './places.ts';
import type { Ports } from './ports.ts';
import { Snapshot } from './snapshot-examples.ts';
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
  const popularity = popularityModel(FEATURE_NAMES, POPULARITY_FEATURE);
  const serving = champion && (await comparable(ports, champion, snapshot.features_version));
  const scores = {
    candidate: await scoresOf(ports, candidate.path, later),
    champion: await scoresOf(ports, serving || popularity, later),
    popularity: await scoresOf(ports, popularity, later),
  };
  return judge(evaluateRankers(later, scores, { seed }));
}

/** The champion's file; undefined where it reads vectors of another layout, which these examples do not have. */
async function comparable({ config }: Ports, champion: string, version: string): Promise<string | undefined> {
  const { manifest, path } = await openModel(modelsIn(config), champion);
  return manifest.features_version === version ? path : undefined;
}

const ROWS_PER_RUN = 8_192;

async function scoresOf({ config }: Ports, model: string | Uint8Array, part: Dataset): Promise<Float32Array> {
  const session = await openSession(model, { providers: config.providers, threads: config.threads });
  const width = part.featureNames.length;
  const scores = new Float32Array(part.rows);
  try {
    for (let start = 0; start < part.rows; start += ROWS_PER_RUN) {
      const end = Math.min(start + ROWS_PER_RUN, part.rows);
      const rows = part.features.subarray(start * width, end * width);
      const results = await session.run({ [PORTS.features]: value('float32', rows, [end - start, width]) });
      scores.set(results[PORTS.score]!.data as Float32Array, start);
    }
    return scores;
  } finally {
    await session.release();
  }
}
