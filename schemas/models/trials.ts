import { z } from 'zod';
import { Signature } from '../signature.ts';
import { at_ms, id } from '../topics/events.ts';
import { Surface } from '../topics/ranking.ts';
import { Promotion } from './models.ts';
import { percentOf } from './stage-names.ts';

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

/** Of the compacted topic `models`, keyed by surface and `challenger`: who is on trial there. */
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
  /** Over all the rest; a record without one is refused. */
  signature: Signature.optional(),
});
export type Trial = z.infer<typeof Trial>;

/**
 * Under the same key: nobody is on trial there any more. It is a record with a signature, since a tombstone could be
 * anybody's, and says nothing.
 */
export const TrialEnd = Trial.pick({
  ...{ v: true, role: true, surface: true, model: true, experiment: true, at_ms: true, reason: true, signature: true },
}).extend({ ended: z.literal(true) });
export type TrialEnd = z.infer<typeof TrialEnd>;

/** The end of a trial, yet to be signed. */
export function trialEndOf({
  surface,
  model,
  experiment,
  at_ms,
  reason,
}: Pick<Trial, 'surface' | 'model' | 'experiment' | 'at_ms' | 'reason'>): TrialEnd {
  return { v: 1, role: 'challenger', ended: true, surface, model, experiment, at_ms, reason };
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

/** A stage of a trial to come, and for how long it goes on where nothing is decided earlier. */
export const PlannedStage = z.object({ stage: Stage, for_ms: z.int().positive() });
export type PlannedStage = z.infer<typeof PlannedStage>;

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A trial is one run of a workflow, whose history has an end, and each stage has its looks. */
export const MOST_STAGES = 12;
export const MOST_TRIAL_MS = 14 * UNITS_MS.d;

/** Stages as text, such as `shadow:10m,canary:5%:1h,canary:100%:10m`, or `none`. */
export const TrialPlan = z.string().transform((text, context): PlannedStage[] => {
  if (text.trim() === 'none') return [];
  const stages = text.split(',').map(part => {
    const found = /^(shadow|interleave:([\d.]+)%|canary:([\d.]+)%):(\d+)([smhd])$/.exec(part.trim());
    const share = Number(found?.[2] ?? found?.[3] ?? 100) / 100;
    const for_ms = Number(found?.[4]) * UNITS_MS[(found?.[5] ?? 's') as keyof typeof UNITS_MS];
    const kind = found?.[1]?.split(':')[0];
    const planned = PlannedStage.safeParse({ stage: kind === 'shadow' ? { kind } : { kind, share }, for_ms });
    if (planned.success) return planned.data;
    const message = `expected stages such as shadow:10m,interleave:10%:1h,canary:5%:1h, or none; got ${part}`;
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  });
  if (context.issues.length > 0) return z.NEVER;
  const all_ms = stages.reduce((sum, { for_ms }) => sum + for_ms, 0);
  if (stages.length <= MOST_STAGES && all_ms <= MOST_TRIAL_MS) return stages;
  const days = (ms: number) => `${Number((ms / UNITS_MS.d).toFixed(1))} days`;
  const most = `at most ${MOST_STAGES} stages of ${days(MOST_TRIAL_MS)} in all`;
  const message = `expected ${most}; got ${stages.length} of ${days(all_ms)}: shorten or leave out some`;
  context.issues.push({ code: 'custom', message, input: text });
  return z.NEVER;
});

/** The same as text again. */
export function trialPlanText(stages: readonly PlannedStage[]): string {
  if (stages.length === 0) return 'none';
  return stages
    .map(({ stage, for_ms }) => {
      const kind = stage.kind === 'shadow' ? 'shadow' : `${stage.kind}:${percentOf(stage.share)}%`;
      return `${kind}:${for_ms / 1_000}s`;
    })
    .join(',');
}
