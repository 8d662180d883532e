import { modelIdOf } from '../../activities/register-ranker.ts';
import { sealVerdict } from '../../models/evaluate/verdict.ts';
import { sha256Of } from '../../models/registry/hash.ts';
import { keysIn } from '../../models/registry/keys.ts';
import type { Judged, SealedVerdict } from '../../schemas/models/models.ts';
import { DEFAULT_GATES } from '../../schemas/policies/gate-policy.ts';
import type { Config } from '../../schemas/settings/config.ts';

/** A verdict on a model as a gate signs it, for tests that do not ask how it came about. */
export function sealedVerdict(
  config: Config,
  about: Pick<Judged, 'id' | 'sha256'> & Partial<Pick<Judged, 'kind' | 'surface'>>,
  passed = true,
): Promise<SealedVerdict> {
  const judged = {
    ...({ kind: 'candidate', surface: 'home', champion: null, snapshot: '1'.repeat(64), seed: 1, run: '' } as const),
    ...about,
    at_ms: 1_700_000_000_000,
  };
  return sealVerdict(keysIn(config), { passed, checks: [], metrics: {} }, judged, DEFAULT_GATES);
}

/** What a verdict on these bytes is about, once they are registered on \`home\`. */
export function aboutBytes(model: Uint8Array): Pick<Judged, 'id' | 'sha256'> {
  return { id: modelIdOf('home', { model }), sha256: sha256Of(model) };
}
