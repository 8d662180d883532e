import type { ItemVector } from '../../../schemas/topics/vectors.ts';
import { halves } from '../../graph/half.ts';

/** A vector as records carry it. */
export function packed(vector: Float32Array): Pick<ItemVector, 'width' | 'values'> {
  const bits = halves(vector);
  const bytes = Buffer.from(bits.buffer, bits.byteOffset, bits.byteLength);
  return { width: bits.length, values: bytes.toString('base64') };
}

/** The float16 bits of a record's vector; as many as there are, whatever width it says. */
export function packedBits({ values }: Pick<ItemVector, 'values'>): Uint16Array {
  const bytes = new Uint8Array(Buffer.from(values, 'base64'));
  return new Uint16Array(bytes.buffer, 0, bytes.length >> 1);
}
