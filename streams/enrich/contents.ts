import { createHash } from 'node:crypto';
import { productText } from '../../models/encoders/product.ts';
import type { Product } from '../../schemas/events.ts';
import type { Modality } from '../../schemas/vectors.ts';
import type { EncodedValue } from './encoders.ts';
import { readMedia } from './media.ts';

/** What of a product is encoded in one modality. */
export interface Content {
  hash: string;
  value: EncodedValue;
}

/**
 * What there is to encode, modality by modality; nothing where the product has none of it.
 *
 * @param media the directory below which files are
 * @throws INPUT_INVALID where a file can't be read
 */
export const CONTENTS: Partial<Record<Modality, (product: Product, media: string) => Promise<Content | undefined>>> = {
  text: async product => contentOf(productText(product)),
  image: async ({ image }, media) => (image === undefined ? undefined : contentOf(await readMedia(media, image))),
};

function contentOf(value: EncodedValue): Content {
  return { hash: createHash('sha256').update(value).digest('hex').slice(0, 32), value };
}
