import { sealVerdict } from '../../models/evaluate/verdict.ts';
import { keysIn } from '../../models/registry/keys.ts';
import type { Config } from '../../schemas/config.ts';
import { DEFAULT_GATES } from '../../schemas/gate-policy.ts';
import type { SealedVerdict } from '../../schemas/models.ts';

/** A verdict as a gate signs it, for tests that do not ask how it came about. */
export function sealedVerdict(config: Config, { passed = true, sha256 = '0'.repeat(64) } = {}): Promise<SealedVerdict> {
  const about = { kind: 'candidate', id: 'home-0000000000', sha256, surface: 'home', champion: null } as const;
  const judged = { ...about, snapshot: '1'.repeat(64), seed: 1, run: '', at_ms: 1_700_000_000_000 };
  return sealVerdict(keysIn(config), { passed, checks: [], metrics: {} }, judged, DEFAULT_GATES);
}
