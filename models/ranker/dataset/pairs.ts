import type { ContentSpecs } from '../../../schemas/models/models.ts';
import type { Modality } from '../../../schemas/topics/vectors.ts';
import { Numbering } from '../../numbering.ts';
import { type Contents, HISTORY, type RankerBatch } from '../model.ts';

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

/**
 * Pairs as a list of a batch. What not all rankers look at is made for who does: numbers for items and the vectors of
 * their contents cost as much time as a small perceptron.
 */
export function batchOf(pairs: Pairs, specs: ContentSpecs): RankerBatch {
  const { items, features, describe } = pairs;
  let made: Numbered | undefined;
  const numbered = (): Numbered => {
    made ??= numberedOf(pairs, specs);
    return made;
  };
  return {
    rows: items.length,
    features,
    list: new Int32Array(items.length),
    get items() {
      return numbered().items;
    },
    get item() {
      return numbered().item;
    },
    get history() {
      return numbered().history;
    },
    get contents() {
      return numbered().contents;
    },
    ...(describe && { describe }),
  };
}

type Numbered = Pick<RankerBatch, 'items' | 'item' | 'history' | 'contents'>;

function numberedOf({ items: shown, history, vectors }: Pairs, specs: ContentSpecs): Numbered {
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
  return { items, item, history: recent, contents: Object.fromEntries(contents) };
}
