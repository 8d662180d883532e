import type { ContentSpecs } from '../../schemas/models/models.ts';
import { openSession, type SessionOptions } from '../graph/runtime.ts';
import { inOrder } from '../graph/training/plans.ts';
import type { RankerModel } from '../ranker/model.ts';
import { PORTS } from '../ranker/ranker.ts';
import { ListBatches } from './batches.ts';
import { readable, widthsOf } from './shape.ts';
import { Vocabulary } from './vocabulary.ts';

/** A trained fusion ranker, and what its graph does not say of itself. */
export interface FusionFile {
  /** The ONNX file, or its path. */
  model: Uint8Array | string;
  features: number;
  items: readonly string[];
  contents: ContentSpecs;
}

/** Lists in a run. */
const LISTS = 256;

/** Opens a fusion ranker: items that it does not know, and vectors of other encoders than its own, count as missing. */
export async function openFusionRanker(file: FusionFile, options: SessionOptions = {}): Promise<RankerModel> {
  const { features, items, contents } = file;
  const session = await openSession(file.model, options);
  const shape = { features, items: items.length, contents: widthsOf(contents) };
  const vocabulary = new Vocabulary(items);
  return {
    provider: session.provider,
    async score(batch) {
      const batches = new ListBatches(readable(batch, contents), { shape, ids: vocabulary.rowsOf(batch.items) });
      const scores = new Float32Array(batch.rows);
      let at = 0;
      for (const { feeds, rows } of batches.of(inOrder(batches.lists.length, LISTS))) {
        const results = await session.run(feeds);
        scores.set(results[PORTS.score]!.data as Float32Array, at);
        at += rows;
      }
      return scores;
    },
    release: () => session.release(),
  };
}
