import { z } from 'zod';
import { at_ms, id } from './events.ts';
import { Promotion } from './models.ts';
import { Surface } from './ranking.ts';

const share = z.number().gt(0).max(1);

/**
 * How far a challenger has come. `shadow`: it scores lists after they were sent, and nobody sees it. `interleave`: for so
 * many users its items and the champion's stand on one list. `canary`: so many users get its lists.
 */
export const Stage = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('shadow') }),
  z.strictObject({ kind: z.literal('interleave'), share }),
  z.strictObject({ kind: z.literal('canary'), share }),
]);
export type Stage = z.infer<typeof Stage>;

/** Of the compacted topic `models`, keyed by surface and `challenger`: who is on trial there. A tombstone: nobody. */
export const Trial = z.object({
  v: z.literal(1),
  role: z.literal('challenger'),
  surface: Surface,
  model: id,
  /** sha256 of its manifest. */
  manifest: Promotion.shape.manifest,
  /** Against whom. */
  champion: id,
  experiment: id,
  /** The key by which users are hashed into groups: whoever does not know it can't choose his. */
  salt: z.string().min(16),
  stage: Stage,
  at_ms,
  reason: z.string(),
});
export type Trial = z.infer<typeof Trial>;

/** The name of a stage in lists, tables and words. */
export function nameOf(stage: Stage): string {
  return stage.kind === 'shadow' ? 'shadow' : `${stage.kind} ${Number((stage.share * 100).toPrecision(6))} %`;
}

/** What a challenger would have done with a list that the champion made, on `rank.shadows`, keyed by user. */
export const Shadow = z.object({
  v: z.literal(1),
  list: id,
  at_ms,
  user: id,
  surface: Surface,
  role: z.literal('shadow'),
  experiment: id,
  model: id,
  champion: id,
  candidates: z.int().nonnegative(),
  /** Kendall's tau-b of both orders of the candidates; null where it gave no scores, or there is nothing to order. */
  kendall: z.number().min(-1).max(1).nullable(),
  /** Share of the champion's first ten that are among its own first ten. */
  overlap: z.number().min(0).max(1).nullable(),
  /** Milliseconds of scoring. */
  score_ms: z.number().nonnegative(),
  /** The champion's, of the same list. */
  champion_ms: z.number().nonnegative(),
  failed: z.boolean(),
});
export type Shadow = z.infer<typeof Shadow>;
