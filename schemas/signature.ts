import { z } from 'zod';
import { LIMITS } from './limits.ts';

/** Of a text that is known from elsewhere: who signed it, and when. */
export const Signature = z.object({
  algorithm: z.literal('ed25519'),
  /** The id of the key. */
  key: z.string().min(1).max(LIMITS.id_chars),
  at_ms: z.int().positive(),
  /** 64 bytes in base64, over the text and `at_ms`. */
  signature: z.base64().length(88, 'expected 64 bytes in base64'),
});
export type Signature = z.infer<typeof Signature>;
