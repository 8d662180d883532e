import { requireSealed } from '../../models/evaluate/verdict.ts';
import { keysIn } from '../../models/registry/keys.ts';
import { openModel } from '../../models/registry/registry.ts';
import { TemperError } from '../../schemas/errors.ts';
import { modelsIn } from '../places.ts';
import type { Ports } from '../ports.ts';

/**
 * That a model is in the registry as it was judged, and that the gates let it pass, by their own signature. Popularity needs no verdict.
 *
 * @throws MODEL_REFUSED where it is not
 */
export async function refuseUnjudged(
  { config }: Ports,
  { model, manifest: sha256 }: { model: string; manifest: string },
  where: string,
): Promise<void> {
  const { manifest } = await openModel(modelsIn(config), model, sha256);
  if (manifest.kind === 'popularity') return;
  if (!manifest.verdict?.passed) {
    throw new TemperError('MODEL_REFUSED', { where, expected: 'a passed verdict', got: 'none', next: 'Retrain' });
  }
  await requireSealed(keysIn(config), manifest.verdict);
}
