import { FEATURES_VERSION } from '../../models/features/vector.ts';
import { openSession, value } from '../../models/graph/runtime.ts';
import { PORTS } from '../../models/ranker/ranker.ts';
import { openModel } from '../../models/registry/registry.ts';
import type { Config } from '../../schemas/config.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Promotion } from '../../schemas/models.ts';
import type { Ranker } from './champion.ts';

/** The first runs of a session allocate and choose kernels: they are not made on a user's time. */
const WARM_UP = [1, 100, 500];

/**
 * The promoted model, verified, opened and warm.
 *
 * @throws MODEL_REFUSED where it is not what was promoted, or was trained on another layout of features
 */
export async function loadRanker(root: string, promotion: Promotion, config: Config): Promise<Ranker> {
  const { manifest, sha256, path } = await openModel(root, promotion.model);
  if (sha256 !== promotion.manifest) refuse(promotion, `the manifest ${promotion.manifest} that was judged`, sha256);
  if (manifest.features_version !== FEATURES_VERSION) {
    refuse(promotion, `features of version ${FEATURES_VERSION}`, manifest.features_version);
  }
  const width = manifest.features.length;
  const session = await openSession(path, { providers: config.providers, threads: config.threads });
  const score = async (features: Float32Array, n: number): Promise<Float32Array> => {
    const answer = await session.run({ [PORTS.features]: value('float32', features, [n, width]) });
    return answer[PORTS.score]!.data as Float32Array;
  };
  for (const n of WARM_UP) await score(new Float32Array(n * width), n);
  return { id: promotion.model, provider: session.provider, score, release: () => session.release() };
}

function refuse({ model }: Promotion, expected: string, got: string): never {
  throw new TemperError('MODEL_REFUSED', { where: `model ${model}`, expected, got });
}
