import type { ContentSpecs } from '../../schemas/models.ts';
import type { Modality } from '../../schemas/vectors.ts';
import { Numbering } from '../numbering.ts';
import { type Contents, HISTORY, type RankerBatch } from './model.ts';

/** Where vectors of items come from while serving. */
export interface VectorSource {
  /** An item's vector by this encoder; undefined where there is none. */
  vector(item: string, modality: Modality, encoder: string): Float32Array | undefined;
}

/** One user before some items, at one time. */
export interface Pairs {
  items: readonly string[];
  /** [items, F] */
  features: Float32Array;
  /** What the user did last, newest first. */
  history: readonly string[];
  vectors: VectorSource;
  /** See `RankerBatch`. */
  describe?: RankerBatch['describe'];
}

/** Pairs as a list of a batch, with the vectors that a ranker reads. */
export function batchOf(
  { items: shown, features, history, vectors, describe }: Pairs,
  specs: ContentSpecs,
): RankerBatch {
  const places = new Numbering<string>();
  const item = Int32Array.from(shown, each => places.of(each));
  const recent = new Int32Array(HISTORY).fill(-1);
  for (const [k, each] of history.slice(0, HISTORY).entries()) recent[k] = places.of(each);
  const items = places.things;
  const contents = Object.entries(specs).map(([modality, { encoder, width }]): [string, Contents] => {
    const content = {
      encoder,
      width,
      vectors: new Float32Array(items.length * width),
      present: new Uint8Array(items.length),
    };
    for (const [place, item] of items.entries()) {
      const vector = vectors.vector(item, modality as Modality, encoder);
      if (vector?.length !== width) continue;
      content.vectors.set(vector, place * width);
      content.present[place] = 1;
    }
    return [modality, content];
  });
  return {
    rows: shown.length,
    features,
    items,
    item,
    list: new Int32Array(shown.length),
    history: recent,
    contents: Object.fromEntries(contents),
    ...(describe && { describe }),
  };
}
