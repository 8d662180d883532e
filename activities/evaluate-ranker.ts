import { z } from 'zod';
import { type Parity, parityOf } from '../models/compress/parity.ts';
import { type Evaluation, evaluateRankers } from '../models/evaluate/compare.ts';
import type { Evidence } from '../models/evaluate/evidence/evidence.ts';
import { servingOf } from '../models/evaluate/evidence/serving.ts';
import { varietyOf } from '../models/evaluate/evidence/variety.ts';
import { judge } from '../models/evaluate/gate.ts';
import { measureRobustness, type Robustness } from '../models/evaluate/robustness.ts';
import { readGatePolicy, sealVerdict, writeVerdict } from '../models/evaluate/verdict.ts';
import { POPULARITY_FEATURE } from '../models/features/aggregates/defaults.ts';
import { FEATURE_NAMES } from '../models/features/vector.ts';
import { type Dataset, splitByTime } from '../models/ranker/dataset/dataset.ts';
import { readDataset } from '../models/ranker/dataset/dataset-file.ts';
import { popularityModel, untrainedOf } from '../models/ranker/popularity.ts';
import { keysIn } from '../models/registry/keys.ts';
import { type AnyRanker, openRanker, type RankerFile } from '../models/registry/open-ranker.ts';
import { openModel, rankerFileOf } from '../models/registry/registry.ts';
import { modelsIn } from '../models/registry/store/place.ts';
import type { Verdict } from '../schemas/models/models.ts';
import { id } from '../schemas/topics/events.ts';
import { Surface } from '../schemas/topics/ranking.ts';
import { type CandidateFiles, readCandidate, readTrained } from './candidate-file.ts';
import { agreementSince } from './features/checks.ts';
import { verdictsIn } from './places.ts';
import type { Ports } from './ports.ts';
import { modelIdOf } from './register-ranker.ts';
import { Snapshot } from './snapshot/snapshot-examples.ts';
import { Candidate } from './train-ranker.ts';

export const EvaluateRanker = z.object({
  surface: Surface.default('home'),
  snapshot: Snapshot,
  candidate: Candidate,
  /** The model that serves; null: nobody does, and what the surface has without training stands in for it. */
  champion: id.nullable(),
  seed: z.int().nonnegative(),
});
export type EvaluateRanker = z.input<typeof EvaluateRanker>;

/**
 * Compares candidate, champion and popularity on the last part of the snapshot, which training did not look at, looks for
 * the other evidence, and judges by the policy. The verdict is signed, and kept whatever it says.
 *
 * @param run the workflow and its run, for the record
 */
export async function evaluateRanker(ports: Ports, asked: EvaluateRanker, run = ''): Promise<Verdict> {
  const { surface, snapshot, candidate, champion, seed } = EvaluateRanker.parse(asked);
  const { config } = ports;
  const policy = readGatePolicy(config.gates);
  const files = await readCandidate(candidate);
  const evidence = await evidenceFor(ports, { surface, snapshot, candidate, champion, seed }, files);
  const judged = {
    kind: 'candidate' as const,
    id: modelIdOf(surface, files),
    ...{ sha256: candidate.sha256, surface, champion, snapshot: snapshot.sha256, seed, run, at_ms: Date.now() },
  };
  const verdict = await sealVerdict(keysIn(config), judge(evidence, policy), judged, policy);
  await writeVerdict(verdictsIn(config), verdict);
  return verdict;
}

async function evidenceFor(
  ports: Ports,
  { surface, snapshot, candidate, champion, seed }: z.output<typeof EvaluateRanker>,
  files: CandidateFiles,
): Promise<Evidence> {
  const { dataset } = await readDataset(snapshot);
  const later = splitByTime(dataset).at(-1)!;
  const file = fileOf(candidate, files, dataset);
  const serves = champion && (await comparable(ports, champion, snapshot.features_version));
  const popularity = await withRanker(ports, byFeature(POPULARITY_FEATURE), ranker => ranker.score(later));
  const compared = await withRanker(ports, file, own =>
    withRanker(ports, serves || byFeature(untrainedOf(surface).feature), async other => {
      const scores = { candidate: await own.score(later), champion: await other.score(later), popularity };
      const evaluation = evaluateRankers(later, scores, { seed });
      return {
        scores,
        evaluation,
        robustness: await robustnessOf(evaluation, later, { candidate: own, champion: other }, seed),
        ...(later.rows > 0 && { serving: await servingOf(own, later, bytesOf(files)) }),
      };
    }),
  );
  const { scores, ...evidence } = compared;
  return {
    ...evidence,
    variety: varietyOf(later, scores),
    consistency: await agreementSince(ports.store, snapshot),
    ...(candidate.original && { parity: await parityWith(ports, file, candidate.original, scores.candidate, later) }),
  };
}

/** Scores that are no numbers have nothing to withstand with. */
async function robustnessOf(
  { rankers: { candidate, champion } }: Evaluation,
  part: Dataset,
  rankers: Record<'candidate' | 'champion', AnyRanker>,
  seed: number,
): Promise<Robustness | null> {
  return candidate.finite && champion.finite ? measureRobustness(part, rankers, { seed }) : null;
}

/** A compressed candidate's scores beside those of the model that was trained. */
async function parityWith(
  ports: Ports,
  file: RankerFile,
  original: NonNullable<Candidate['original']>,
  scores: Float32Array,
  part: Dataset,
): Promise<Parity> {
  const uncompressed = { ...file, model: await readTrained(original) };
  const before = await withRanker(ports, uncompressed, ranker => ranker.score(part));
  return parityOf(before, scores, part.rows);
}

function byFeature(feature: string): RankerFile {
  const model = popularityModel(FEATURE_NAMES, feature);
  return { kind: 'popularity', model, features: FEATURE_NAMES.length, items: [], contents: {} };
}

/** The champion's file; undefined where it reads vectors of another layout, which these examples do not have. */
async function comparable({ config }: Ports, champion: string, version: string): Promise<RankerFile | undefined> {
  const registered = await openModel(modelsIn(config), champion);
  return registered.manifest.features_version === version ? rankerFileOf(registered) : undefined;
}

function fileOf({ kind, contents = {} }: Candidate, files: CandidateFiles, { featureNames }: Dataset): RankerFile {
  return { kind, features: featureNames.length, contents, ...files };
}

async function withRanker<T>({ config }: Ports, file: RankerFile, work: (ranker: AnyRanker) => Promise<T>): Promise<T> {
  const ranker = await openRanker(file, { providers: config.providers, threads: config.threads });
  try {
    return await work(ranker);
  } finally {
    await ranker.release();
  }
}

function bytesOf({ model, items, tables }: CandidateFiles): number {
  return model.length + (items.length > 0 ? JSON.stringify(items).length : 0) + (tables?.length ?? 0);
}
