import type { PlannedStage } from '../../schemas/models/trials.ts';

const MINUTE_MS = 60_000;
/** A stage is looked at so often; the test holds its level however often that is. */
const LOOKS = 60;
const LEAST_MS = 1_000;

/**
 * Temporal ends a run at 51,200 events, without its `finally`: the challenger would serve on, and nobody would watch. A
 * look is 13 events. So stages that are longer than an hour have this many looks between them, however long they are.
 */
const LONG_LOOKS = 1_200;

/** A trial that is paused is looked at less often, and for so long in all; then it ends, for the same reason. */
export const PAUSE = { between_ms: 5 * MINUTE_MS, most_ms: 3 * 24 * 60 * MINUTE_MS, words: '3 days' } as const;

/** Milliseconds until the next look at a stage of this plan. */
export function untilLook(stages: readonly PlannedStage[], { for_ms }: PlannedStage, isPaused: boolean): number {
  const all_ms = stages.reduce((sum, planned) => sum + planned.for_ms, 0);
  const most_ms = Math.max(MINUTE_MS, all_ms / LONG_LOOKS);
  const between_ms = Math.ceil(Math.min(most_ms, Math.max(LEAST_MS, for_ms / LOOKS)));
  return isPaused ? Math.max(PAUSE.between_ms, between_ms) : between_ms;
}
