import { isDeepStrictEqual } from 'node:util';
import { requireSealed } from '../../models/evaluate/verdict.ts';
import { popularityModel, untrainedOf } from '../../models/ranker/popularity.ts';
import { sha256Of } from '../../models/registry/hash.ts';
import { keysIn } from '../../models/registry/keys.ts';
import { openModel } from '../../models/registry/registry.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Manifest } from '../../schemas/models/models.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';

interface Wanted {
  surface: Surface;
  model: string;
  /** sha256 of its manifest. */
  manifest: string;
}

/**
 * That a model is in the registry as it was judged, and that the gates let this very model pass for this surface, by their
 * own signature. What needs no training needs no verdict, but has to be what the surface has without any.
 *
 * @throws MODEL_REFUSED where it is not
 */
export async function refuseUnjudged({ config }: Ports, wanted: Wanted, where: string): Promise<void> {
  const { manifest } = await openModel(modelsIn(config), wanted.model, wanted.manifest);
  if (manifest.kind === 'popularity') return requireUntrained(manifest, wanted.surface, where);
  if (!manifest.verdict?.passed) throw refused(where, 'a passed verdict', 'none');
  const { judged } = await requireSealed(keysIn(config), manifest.verdict);
  const own = { kind: 'candidate', id: manifest.id, sha256: manifest.files['model.onnx'], surface: wanted.surface };
  const { kind, id, sha256, surface } = judged;
  const other = { kind, id, sha256, surface };
  if (!isDeepStrictEqual(own, other)) throw refused(where, `a verdict on ${show(own)}`, `one on ${show(other)}`);
}

function requireUntrained({ features, files }: Manifest, surface: Surface, where: string): void {
  const { family, feature } = untrainedOf(surface);
  const own = { 'model.onnx': sha256Of(popularityModel(features, feature)) };
  if (!isDeepStrictEqual(files, own)) throw refused(where, `${family}, ${show(own)}`, show(files));
}

function show(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function refused(where: string, expected: string, got: string): TemperError {
  return new TemperError('MODEL_REFUSED', { where, expected, got, next: 'Retrain' });
}
