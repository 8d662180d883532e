import { z } from 'zod';
import { Signature } from '../signature.ts';
import { at_ms, id } from '../topics/events.ts';
import { Surface } from '../topics/ranking.ts';

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a sha256 in hex');

/** As what a model may serve: it is signed for one role on one surface, and for no other. */
export const ModelRole = z.enum(['champion', 'challenger', 'shadow']);
export type ModelRole = z.infer<typeof ModelRole>;

/** Of the file that a promotion puts beside a manifest. Everything but the signature is part of what is signed. */
export const ModelSignature = Signature.extend({
  v: z.literal(1),
  model: id,
  /** sha256 of the manifest, which has those of the model's files. */
  manifest: sha256,
  surface: Surface,
  role: ModelRole,
});
export type ModelSignature = z.infer<typeof ModelSignature>;

/**
 * What everybody may know of a key. An `active` one may sign; a `retired` one verifies what it signed before that time;
 * a `revoked` one, which somebody else may have, verifies nothing.
 */
export const PublicKey = z.object({
  v: z.literal(1),
  id,
  algorithm: z.literal('ed25519'),
  /** SubjectPublicKeyInfo as PEM. */
  pem: z.string(),
  created_ms: at_ms,
  state: z.enum(['active', 'retired', 'revoked']),
  /** Since when; null while it is active. */
  ended_ms: at_ms.nullable(),
  reason: z.string(),
});
export type PublicKey = z.infer<typeof PublicKey>;
