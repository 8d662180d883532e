import type { Manifest } from '../../schemas/models.ts';
import { type FusionFile, openFusionRanker } from '../fusion/ranker.ts';
import type { SessionOptions } from '../graph/runtime.ts';
import { openFeatureRanker } from '../ranker/feature-model.ts';
import type { RankerModel } from '../ranker/model.ts';

/** A ranker's file with what is to be known in order to open it; only a fusion ranker has items and contents. */
export interface RankerFile extends FusionFile {
  kind: Manifest['kind'];
}

/** Opens a ranker by its kind. */
export function openRanker(file: RankerFile, options: SessionOptions = {}): Promise<RankerModel> {
  switch (file.kind) {
    case 'fusion':
      return openFusionRanker(file, options);
    case 'mlp':
    case 'popularity':
      return openFeatureRanker(file.model, file.features, options);
  }
}
