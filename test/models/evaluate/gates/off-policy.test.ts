import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../../models/evaluate/evidence/evidence.ts';
import { notWorseOffPolicy, offPolicy as offPolicyGate } from '../../../../models/evaluate/gates/off-policy.ts';
import type { OffPolicy } from '../../../../models/evaluate/off-policy/lists.ts';
import { offPolicyMetrics } from '../../../../models/evaluate/off-policy/lists.ts';
import { Check } from '../../../../schemas/models/models.ts';

const LIMITS = { clicks: 50, margin: 0.05 };

function judged(value: number, half: number, { clicks = 400, lists = 1_000 } = {}) {
  const interval = { value, low: value - half, high: value + half };
  const found = { ...interval, normal: interval };
  const offPolicy: OffPolicy = {
    lists,
    clicks,
    values: { candidate: { ips: 0.2, snips: 0.1, dr: 0.1 }, champion: { ips: 0.2, snips: 0.1, dr: Number.NaN } },
    lifts: { ips: { ...found, value: value / 2 }, snips: found, dr: null },
  };
  const check = notWorseOffPolicy('snips', offPolicy, LIMITS);
  expect(Check.parse(check)).toEqual(check);
  return { ...check, offPolicy };
}

describe('the off-policy check', () => {
  it('wants the whole interval above the margin where there is enough to tell', () => {
    expect(judged(0, 0.02)).toMatchObject({ passed: true, value: 0, low: -0.02, high: 0.02, threshold: -0.05 });
    expect(judged(-0.04, 0.02)).toMatchObject({ passed: false });
    expect(judged(-0.04, 0.02).reason).toMatch(/SNIPS, over 1000 lists.*-4\.0 %.*the low end is not above -5\.0 %/);
  });

  it('refuses only what is worse beyond chance where there is not, and says how many lists it would take', () => {
    expect(judged(0, 0.3)).toMatchObject({ passed: true });
    expect(judged(0, 0.3).reason).toMatch(/too few lists to tell -5\.0 %, about 100,000 are needed; not worse beyond/);
    expect(judged(-0.4, 0.3)).toMatchObject({ passed: false });
  });

  it('judges nobody by few clicks', () => {
    const { passed, reason } = judged(-1, 0, { clicks: 20 });
    expect(passed).toBe(true);
    expect(reason).toMatch(/20 clicks in 1000 lists.*too few.*about 2,500 lists are needed; not judged/);
    expect(judged(-1, 0, { clicks: 0 }).reason).toMatch(/0 clicks in 1000 lists in random order are too few[^,]*; not/);
  });

  it('says so where there is nothing to judge by', () => {
    expect(notWorseOffPolicy('dr', null, LIMITS)).toMatchObject({ passed: true, value: null, threshold: -0.05 });
    const { passed, value, reason } = notWorseOffPolicy('dr', judged(0, 1).offPolicy, LIMITS);
    expect([passed, value]).toEqual([true, null]);
    expect(reason).toContain('the champion would have no clicks in 1000 lists');
  });

  it('tells IPS with its interval beside the two that are judged, and refuses nobody by it', () => {
    const seen = (offPolicy: OffPolicy | null) =>
      offPolicyGate.evaluate({ evaluation: { offPolicy } } as Evidence, { mode: 'refuse', ...LIMITS });
    const checks = seen(judged(-0.4, 0.3).offPolicy);
    expect(checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['off_policy_snips', false],
      ['off_policy_dr', true],
      ['off_policy_ips', true],
    ]);
    const told = { value: -0.2, low: -0.7, high: expect.closeTo(-0.1, 9), threshold: null };
    expect(checks[2]).toMatchObject({ ...told, reason: expect.stringMatching(/by IPS, over 1000 lists.*not judged$/) });
    expect(seen(null)[2]).toMatchObject({ passed: true, value: null });
  });

  it('has numbers for the verdict, without those that are none', () => {
    expect(offPolicyMetrics(judged(0, 1).offPolicy)).toEqual({
      off_policy_lists: 1_000,
      off_policy_clicks: 400,
      off_policy_ips_candidate: 0.2,
      off_policy_ips_champion: 0.2,
      off_policy_snips_candidate: 0.1,
      off_policy_dr_candidate: 0.1,
      off_policy_snips_champion: 0.1,
    });
    expect(offPolicyMetrics(null)).toEqual({});
  });
});
