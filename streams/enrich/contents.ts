import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { productText } from '../../models/encoders/product.ts';
import { readFrames } from '../../models/images/frames.ts';
import type { Product } from '../../schemas/topics/events.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import { placeOf, readPicture } from './media.ts';

/** What of a product is encoded in one modality. */
export interface Content {
  hash: string;
  /** A text, the bytes of a picture, or the place of a video. */
  value: string | Uint8Array;
}

/**
 * What there is to encode, modality by modality; nothing where the product has none of it.
 *
 * @param media the directory below which files are
 * @throws INPUT_INVALID where a file can't be read, or is not below it
 */
export const CONTENTS: Record<Modality, (product: Product, media: string) => Promise<Content | undefined>> = {
  async text(product) {
    const text = productText(product);
    return { hash: hashOf([text]), value: text };
  },
  async image({ image }, media) {
    if (image === undefined) return undefined;
    const picture = await readPicture(media, image);
    return { hash: hashOf([picture]), value: picture };
  },
  async video({ video }, media) {
    if (video === undefined) return undefined;
    const place = await placeOf(media, video);
    const status = await stat(place);
    // To read the frames of a film is nearly all that a vector of it costs: one of the same age and size is the same.
    const known = status.isDirectory() ? await readFrames(place) : [`film ${status.size} ${status.mtimeMs}`];
    return { hash: hashOf(known), value: place };
  },
};

function hashOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 32);
}
