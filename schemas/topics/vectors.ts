import { z } from 'zod';
import { at_ms, id } from './events.ts';

/** What of a product is turned into vectors. */
export const Modality = z.enum(['text', 'image', 'video']);
export type Modality = z.infer<typeof Modality>;

/** A product's vector in one modality, of length 1. */
export const ItemVector = z.object({
  modality: Modality,
  /** The encoder that made it, by name and version: vectors of different ones can't be compared. */
  encoder: id,
  /** Of the content that was encoded: where it is the same, so is the vector. */
  hash: id,
  width: z.int().positive(),
  /** `width` float16 values, little-endian, in base64. */
  values: z.base64(),
});
export type ItemVector = z.infer<typeof ItemVector>;

/** Of the compacted topic `item.vectors`. While an encoder is replaced, an item has vectors of the old and of the new one. */
export const ItemVectors = z.object({ v: z.literal(1), item: id, at_ms, vectors: z.array(ItemVector) });
export type ItemVectors = z.infer<typeof ItemVectors>;

/**
 * Of the compacted topic `vector.progress`: this partition of the catalogue is encoded. Whoever reads vectors uses, of
 * each modality, the newest encoder that all partitions have reported, and so changes to another one in one step.
 */
export const VectorProgress = z.object({
  v: z.literal(1),
  modality: Modality,
  partition: z.int().nonnegative(),
  partitions: z.int().positive(),
  encoder: id,
  /** Products of the partition that have a vector. */
  items: z.int().nonnegative(),
  at_ms,
});
export type VectorProgress = z.infer<typeof VectorProgress>;
