import { z } from 'zod';
import { judgeSnapshot } from '../../models/evaluate/gate.ts';
import { inspect } from '../../models/evaluate/snapshot/inspect.ts';
import { readGatePolicy, sealVerdict, writeVerdict } from '../../models/evaluate/verdict.ts';
import type { Dataset } from '../../models/ranker/dataset/dataset.ts';
import { readDataset } from '../../models/ranker/dataset/dataset-file.ts';
import { keysIn } from '../../models/registry/keys.ts';
import { openModel } from '../../models/registry/registry.ts';
import { snapshotsIn } from '../../models/registry/snapshots.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import type { Verdict } from '../../schemas/models/models.ts';
import { id } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { verdictsIn } from '../places.ts';
import type { Ports } from '../ports.ts';
import { Snapshot } from './snapshot-examples.ts';

export const ValidateSnapshot = z.object({
  surface: Surface,
  snapshot: Snapshot,
  /** Whose examples these are compared with; null: nobody serves. */
  champion: id.nullable(),
});
export type ValidateSnapshot = z.infer<typeof ValidateSnapshot>;

/**
 * Whether examples are fit to be trained on: a verdict as that on a candidate, signed and kept. A workflow calls it
 * between the snapshot and the training, and trains nothing where it has not passed.
 *
 * @param run the workflow and its run, for the record
 */
export async function validateSnapshot(ports: Ports, request: ValidateSnapshot, run = ''): Promise<Verdict> {
  const { config } = ports;
  const { surface, snapshot, champion } = request;
  const policy = readGatePolicy(config.gates);
  const { dataset, sha256 } = await readDataset(snapshot);
  const now_ms = Date.now();
  const found = inspect(dataset, now_ms, champion === null ? undefined : await examplesOf(ports, champion, sha256));
  const judged = {
    kind: 'snapshot' as const,
    id: `snapshot-${sha256.slice(0, 10)}`,
    ...{ sha256, surface, champion, snapshot: sha256, seed: null, run, at_ms: now_ms },
  };
  const verdict = await sealVerdict(keysIn(config), judgeSnapshot(found, policy), judged, policy);
  await writeVerdict(verdictsIn(config), verdict);
  return verdict;
}

/** What the champion was trained on, where it was trained, on something else, and that is still there. */
async function examplesOf({ config }: Ports, champion: string, own: string): Promise<Dataset | undefined> {
  const { manifest } = await openModel(modelsIn(config), champion);
  const { snapshot } = manifest.lineage;
  if (snapshot === null || snapshot === own) return undefined;
  // Nothing where it was written by another version, or somebody has removed it, or put another one there.
  return snapshotsIn(config)
    .read(snapshot)
    .catch(() => undefined);
}
