import type { Manifest, RankerKind } from '../../schemas/models/models.ts';
import type { Forerunner } from '../ranker/warm-start.ts';
import type { RegisteredModel } from './registry.ts';

/** Trainings that begin from one another. The next one begins anew, so that nothing is carried on for ever. */
const MOST_IN_A_ROW = 50;

/**
 * A registered model as a training of this kind may begin from it, or why none may. Whether its parameters fit is to be
 * seen by the examples; see `beginning`.
 */
export function forerunnerOf(registered: RegisteredModel, kind: RankerKind): Forerunner | { cold: string } {
  const { id: model, kind: own, lineage } = registered.manifest;
  if (own !== kind) return { cold: `${model} is of the kind ${own}, not ${kind}` };
  const { compress } = lineage.settings ?? {};
  if (compress) return { cold: `${model} is there as ${compress} alone, not as it was trained` };
  const forerunner = asForerunner(registered);
  if (!forerunner) return { cold: `${model} does not say what taught it` };
  if (forerunner.snapshots.length <= MOST_IN_A_ROW) return forerunner;
  return { cold: `${model} is the last of ${MOST_IN_A_ROW} that began from one another` };
}

/** The same, whatever speaks against it; nothing where its manifest is of before it was told what taught it. */
export function asForerunner({ manifest, graph, items }: RegisteredModel): Forerunner | undefined {
  const { id: model, files, features, contents = {}, lineage } = manifest;
  const { learned_until_ms } = lineage;
  if (learned_until_ms === undefined) return undefined;
  const sha256 = files['model.onnx']!;
  return { model, sha256, snapshots: teachersOf(lineage), graph, features, learned_until_ms, items, contents };
}

/** The snapshots that taught a model, and those from whose parameters it began, the oldest first. */
export function teachersOf({ start, snapshot }: Pick<Manifest['lineage'], 'start' | 'snapshot'>): string[] {
  return [...(start && 'model' in start ? start.snapshots : []), ...(snapshot === null ? [] : [snapshot])];
}
