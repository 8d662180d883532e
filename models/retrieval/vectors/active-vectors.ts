import type { ItemVector, Modality } from '../../../schemas/topics/vectors.ts';
import { ActiveEncoders } from './active-encoders.ts';
import { packedBits } from './item-vector.ts';
import { VectorIndex } from './vector-index.ts';

/**
 * The vectors of all items, as the records come: an index for each modality and encoder. Which of them is in use follows
 * from the encoders' reports, so that all readers change to another one in one step; the index of the old one stays for
 * as long as records hold its vectors.
 */
export class ActiveVectors {
  readonly encoders = new ActiveEncoders();
  readonly #indexes = new Map<string, VectorIndex>();

  /** Takes all vectors that an item has now; none, where it is withdrawn. */
  set(item: string, vectors: readonly ItemVector[]): void {
    const now = new Map(vectors.map(vector => [nameOf(vector.modality, vector.encoder), vector]));
    for (const [name, { width }] of now) {
      if (!this.#indexes.has(name)) this.#indexes.set(name, new VectorIndex(width));
    }
    for (const [name, index] of this.#indexes) {
      const vector = now.get(name);
      if (vector)
        index.setHalves(item, packedBits(vector)); // what is no vector is left out
      else index.delete(item);
      if (index.size === 0) this.#indexes.delete(name);
    }
  }

  /** The index that is in use; nothing where there is none yet. */
  index(modality: Modality): VectorIndex | undefined {
    const encoder = this.encoders.of(modality);
    return encoder === undefined ? undefined : this.#indexes.get(nameOf(modality, encoder));
  }

  /** An item's vector by the encoder that is in use, or by another one whose vectors are still there. */
  vector(item: string, modality: Modality, encoder = this.encoders.of(modality)): Float32Array | undefined {
    return encoder === undefined ? undefined : this.#indexes.get(nameOf(modality, encoder))?.get(item);
  }
}

function nameOf(modality: Modality, encoder: string): string {
  return `${modality}/${encoder}`;
}
