import { describe, expect, it } from 'vitest';
import { nameOf } from '../../../schemas/models/stage-names.ts';
import { TrialPlan, trialPlanText } from '../../../schemas/models/trials.ts';

describe('a plan of stages', () => {
  it('is read, named, and written again', () => {
    const text = 'shadow:10m,interleave:10%:1h,canary:0.5%:2h,canary:100%:30s';
    const stages = TrialPlan.parse(text);
    expect(stages).toEqual([
      { stage: { kind: 'shadow' }, for_ms: 600_000 },
      { stage: { kind: 'interleave', share: 0.1 }, for_ms: 3_600_000 },
      { stage: { kind: 'canary', share: 0.005 }, for_ms: 7_200_000 },
      { stage: { kind: 'canary', share: 1 }, for_ms: 30_000 },
    ]);
    expect(stages.map(({ stage }) => nameOf(stage))).toEqual([
      'shadow',
      'interleave 10 %',
      'canary 0.5 %',
      'canary 100 %',
    ]);
    expect(TrialPlan.parse(trialPlanText(stages))).toEqual(stages);
    expect(TrialPlan.parse('none')).toEqual([]);
    expect(trialPlanText([])).toBe('none');
  });

  it.each(['canary:25%:15d', 'canary:5%:8d,canary:25%:7d', Array(13).fill('canary:5%:1h').join(',')])(
    'is refused as %j, which is longer than a trial may be',
    text => {
      expect(() => TrialPlan.parse(text)).toThrow(
        /expected at most 12 stages of 14 days in all; got \d+ of [\d.]+ days/,
      );
    },
  );

  it('may be of 12 stages, and of 14 days', () => {
    expect(TrialPlan.parse(Array(12).fill('canary:5%:28h').join(','))).toHaveLength(12);
  });

  it.each(['canary:5%', 'canary:0%:1h', 'canary:101%:1h', 'shadow', 'shadow:0m', 'canary:5:1h', '', 'shadow:10m,'])(
    'is refused as %j, with what was expected',
    text => {
      expect(() => TrialPlan.parse(text)).toThrow(/expected stages such as/);
    },
  );
});
