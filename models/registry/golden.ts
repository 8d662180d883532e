import { TemperError } from '../../schemas/errors.ts';
import type { Manifest } from '../../schemas/models/models.ts';
import { random } from '../random.ts';
import { batchOf, type Pairs } from '../ranker/dataset/pairs.ts';
import { HISTORY } from '../ranker/model.ts';
import type { AnyRanker } from './open-ranker.ts';

const CANDIDATES = 16;
/** Scores may be so far from the golden ones: other processors and providers add in another order. */
const TOLERANCE = { absolute: 1e-4, ofSpread: 1e-2 };

/** A registered model, as far as golden candidates follow from it. */
interface Known {
  manifest: Manifest;
  items: readonly string[];
}

/** Scores of candidates that are the same wherever a model is opened, in its own unit: [CANDIDATES] */
export async function goldenScores({ manifest, items }: Known, ranker: Pick<AnyRanker, 'score'>): Promise<number[]> {
  const scores = await ranker.score(batchOf(goldenPairs(items, manifest.features.length), manifest.contents ?? {}));
  return Array.from(scores);
}

/**
 * Has a model that is opened to serve score what it scored when it was registered. Hashes tell that its file is the one that
 * was judged; this tells that the runtime, the provider and the processor here make of it what was judged.
 *
 * @throws MODEL_REFUSED where they make something else; models of before have no golden scores, and pass
 */
export async function requireGolden(model: Known, ranker: Pick<AnyRanker, 'score'>): Promise<void> {
  const { id, golden } = model.manifest;
  if (!golden) return;
  const scores = await goldenScores(model, ranker);
  const most = TOLERANCE.absolute + TOLERANCE.ofSpread * (Math.max(...golden) - Math.min(...golden));
  const place = golden.findIndex((score, n) => !(Math.abs(scores[n]! - score) <= most));
  if (place < 0) return;
  throw new TemperError('MODEL_REFUSED', {
    where: `model ${id}, golden score ${place + 1} of ${golden.length}`,
    expected: `${golden[place]} ± ${most.toPrecision(2)}, as when it was registered`,
    got: String(scores[place]),
    next: 'This runtime or processor makes other scores of it: see TEMPER_PROVIDERS, and the version of onnxruntime-node',
  });
}

/** Usual features, and items and a history of those that the model knows. */
function goldenPairs(known: readonly string[], width: number): Pairs {
  const { normal } = random(CANDIDATES);
  return {
    items: Array.from({ length: CANDIDATES }, (_, n) => known[n] ?? String(n)),
    features: Float32Array.from({ length: CANDIDATES * width }, () => normal()),
    history: known.slice(-HISTORY),
    vectors: { vector: () => undefined },
  };
}
