import { z } from 'zod';
import { requireSealed } from '../models/evaluate/verdict.ts';
import { FEATURE_NAMES } from '../models/features/vector.ts';
import { codeVersion } from '../models/registry/code.ts';
import { sha256Of } from '../models/registry/hash.ts';
import { keysIn } from '../models/registry/keys.ts';
import { type Beside, registerModel } from '../models/registry/registry.ts';
import { modelsIn } from '../models/registry/store/place.ts';
import { TemperError } from '../schemas/errors.ts';
import { type Manifest, type Start, Verdict } from '../schemas/models/models.ts';
import { at_ms, id } from '../schemas/topics/events.ts';
import { Surface } from '../schemas/topics/ranking.ts';
import { readCandidate } from './candidate-file.ts';
import type { Ports } from './ports.ts';
import { Snapshot } from './snapshot/snapshot-examples.ts';
import { Candidate } from './train-ranker.ts';
import { goneOf } from './training-start.ts';

export const RegisterRanker = z.object({
  surface: Surface,
  snapshot: Snapshot,
  candidate: Candidate,
  /** The champion that it was judged against. */
  parent: id,
  seed: z.int().nonnegative(),
  verdict: Verdict,
  at_ms,
});
export type RegisterRanker = z.infer<typeof RegisterRanker>;

/** A model of the registry, as a promotion names it. */
export interface Registered {
  model: string;
  /** sha256 of its manifest. */
  manifest: string;
}

/**
 * Puts a judged candidate into the registry, with all that it came from.
 *
 * @throws MODEL_REFUSED where the verdict is not one that a gate has signed, of this very candidate, or examples that taught
 *   the model from which it began have gone meanwhile, as by an erasure
 */
export async function registerRanker(ports: Ports, request: RegisterRanker): Promise<Registered> {
  const { surface, snapshot, candidate, parent, seed, verdict, at_ms } = request;
  const files = await readCandidate(candidate);
  const { judged } = await requireSealed(keysIn(ports.config), verdict);
  if (judged.sha256 !== candidate.sha256) {
    const [expected, got] = [`a verdict on ${candidate.sha256}`, judged.sha256];
    throw new TemperError('MODEL_REFUSED', { where: candidate.path, expected, got, next: 'Judge it' });
  }
  const { kind, contents, code, settings, told, start, learned_until_ms } = candidate;
  if (start && 'model' in start) await requireTeachers(ports, start);
  const manifest = {
    kind,
    created_ms: at_ms,
    features: [...FEATURE_NAMES],
    features_version: snapshot.features_version,
    lineage: {
      ...{ snapshot: snapshot.sha256, parent, seed, provider: candidate.provider },
      ...(code && { code }),
      ...(settings && { settings }),
      ...(told && { told }),
      ...(start && { start }),
      ...(learned_until_ms !== undefined && { learned_until_ms }),
    },
    training: candidate.metrics,
    verdict,
    ...(contents && { contents }),
  };
  return register(ports, surface, files, manifest);
}

async function requireTeachers(
  { config }: Ports,
  { model, snapshots }: Extract<Start, { model: string }>,
): Promise<void> {
  const gone = await goneOf(config, snapshots);
  if (gone.length === 0) return;
  throw new TemperError('MODEL_REFUSED', {
    where: `a candidate that began from ${model}`,
    expected: 'all examples that taught this one',
    got: `no ${gone.join(', ')}: erased, or not kept any longer`,
    next: 'Retrain: it then begins anew',
  });
}

/** A model's id follows from its bytes, so that whoever registers it again gets the one that is there. */
export function modelIdOf(family: string, { model, tables = Buffer.alloc(0) }: Trained): string {
  return `${family}-${sha256Of(Buffer.concat([model, tables])).slice(0, 10)}`;
}

type Trained = { model: Uint8Array } & Beside;

export async function register(
  { config }: Ports,
  family: string,
  files: Trained,
  {
    lineage,
    ...manifest
  }: Omit<Manifest, 'v' | 'id' | 'files' | 'lineage'> & {
    lineage: Omit<Lineage, 'code'> & Partial<Pick<Lineage, 'code'>>;
  },
): Promise<Registered> {
  const model = modelIdOf(family, files);
  const { model: bytes, ...beside } = files;
  const parts = { ...manifest, id: model, lineage: { code: codeVersion(), ...lineage } };
  const registered = await registerModel(modelsIn(config), parts, bytes, beside);
  return { model, manifest: registered.sha256 };
}

type Lineage = Manifest['lineage'];
