import { describe, expect, it } from 'vitest';
import { MOST_STAGES, MOST_TRIAL_MS, type PlannedStage, TrialPlan } from '../../../schemas/models/trials.ts';
import { PAUSE, untilLook } from '../../../workflows/canary/looks.ts';

const EVENTS_OF_A_LOOK = 13;
/** Temporal's limit on a history is 51,200. */
const MOST_EVENTS = 40_000;
const MINUTE_MS = 60_000;

/** Looks until every stage has run out, and until every pause that may be. */
function looks(stages: readonly PlannedStage[]): number {
  const watched = stages.reduce(
    (sum, planned) => sum + Math.ceil(planned.for_ms / untilLook(stages, planned, false)),
    0,
  );
  const paused = Math.max(...stages.map(planned => Math.ceil(PAUSE.most_ms / untilLook(stages, planned, true))));
  return watched + paused;
}

describe('looks at a trial', () => {
  const half: PlannedStage['stage'] = { kind: 'canary', share: 0.5 };
  it.each([
    ['one stage of three days', TrialPlan.parse('canary:25%:3d')],
    ['one stage as long as may be', [{ stage: half, for_ms: MOST_TRIAL_MS }]],
    [
      'as many stages as may be, as long as may be',
      Array.from({ length: MOST_STAGES }, () => ({ stage: half, for_ms: MOST_TRIAL_MS / MOST_STAGES })),
    ],
    [
      'short stages and a long one',
      [
        ...Array.from({ length: MOST_STAGES - 1 }, () => ({ stage: half, for_ms: 3_600_000 })),
        { stage: half, for_ms: MOST_TRIAL_MS - (MOST_STAGES - 1) * 3_600_000 },
      ],
    ],
  ])('of %s fit one history, pauses and all', (_, stages) => {
    expect(looks(stages) * EVENTS_OF_A_LOOK).toBeLessThan(MOST_EVENTS);
  });

  it('are sixty a stage, and a minute apart at most where the plan is of hours', () => {
    const stages = TrialPlan.parse('shadow:10m,canary:1%:1h,canary:25%:6h,canary:100%:30s');
    expect(stages.map(planned => untilLook(stages, planned, false))).toEqual([10_000, MINUTE_MS, MINUTE_MS, 1_000]);
    expect(untilLook(stages, stages[0]!, true)).toBe(PAUSE.between_ms);
  });
});
