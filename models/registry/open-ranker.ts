import type { Manifest } from '../../schemas/models/models.ts';
import { type FusionFile, openFusionRanker } from '../fusion/ranker.ts';
import type { SessionOptions } from '../graph/runtime.ts';
import { type NextItemModel, openNextItem } from '../next-item/model.ts';
import { openFeatureRanker } from '../ranker/feature-model.ts';
import type { RankerModel } from '../ranker/model.ts';

/** A ranker's file with what is to be known in order to open it, as far as its kind has it. */
export interface RankerFile extends FusionFile {
  kind: Manifest['kind'];
  /** Of a sequence ranker; see `encodeTables`. */
  tables?: Uint8Array;
}

/** A ranker of any kind; one that expects a user's next item also says which. */
export type AnyRanker = RankerModel & Partial<Pick<NextItemModel, 'next'>>;

/** Opens a ranker by its kind. */
export function openRanker(file: RankerFile, options: SessionOptions = {}): Promise<AnyRanker> {
  switch (file.kind) {
    case 'fusion':
      return openFusionRanker(file, options);
    case 'sequence':
      return openNextItem({ ...file, tables: file.tables ?? new Uint8Array() }, options);
    case 'mlp':
    case 'popularity':
      return openFeatureRanker(file.model, file.features, options);
  }
}
