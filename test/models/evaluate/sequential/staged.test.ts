import { describe, expect, it } from 'vitest';
import { TRIAL_POLICY } from '../../../../models/evaluate/sequential/judge.ts';
import type { Stage } from '../../../../schemas/models/trials.ts';
import { CHAMPION_STRENGTH } from '../../../sim/orders.ts';
import { type StagedEnd, stagedTrial } from '../../../sim/staged-trials.ts';

const PLAN: Stage[] = [{ kind: 'shadow' }, ...[0.05, 0.5, 1].map((share): Stage => ({ kind: 'canary', share }))];
const BACKWARDS = -0.5;

function run(strength: number, stages: readonly Stage[], seeds = 3, lists = 2_000): StagedEnd[] {
  return Array.from({ length: seeds }, (_, seed) =>
    stagedTrial(
      { seed, users: 1_000, strength, every: 100, stages: stages.map(stage => ({ stage, lists })) },
      TRIAL_POLICY,
    ),
  );
}

/** Of one of the challenger's lists, in clicks. */
const costOf = (ends: readonly StagedEnd[]): number =>
  -sum(ends.map(({ clicks }) => clicks)) / sum(ends.map(({ exposed }) => exposed.lists));

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

describe('a trial of several stages', () => {
  it('stops a challenger that orders backwards, and tells whom it cost what', () => {
    for (const { outcome, stage, exposed, clicks, lists } of run(BACKWARDS, PLAN)) {
      expect([outcome, stage]).toEqual(['stopped', expect.stringMatching(/^canary (5|50) %$/)]);
      expect(exposed.lists).toBeLessThan(lists);
      expect(exposed.users).toBeLessThanOrEqual(exposed.lists);
      expect(clicks).toBeLessThan(-0.1 * exposed.lists);
    }
  });

  it('ends no equal at its stages, whose time is over without a word, but where the last one that compares is over', () => {
    const stages = [0.25, 0.5, 1].map((share): Stage => ({ kind: 'canary', share }));
    const ends = run(CHAMPION_STRENGTH, stages, 5);
    for (const { outcome, stage, reason } of ends.filter(end => end.outcome !== 'promoted')) {
      expect([outcome, stage]).toEqual(['undecided', 'canary 50 %']);
      expect(reason).toMatch(/^it is not ruled out that it brings more than 5\.0 % fewer clicks/);
    }
    expect(ends.some(({ outcome }) => outcome === 'undecided')).toBe(true);
  });

  it('shows the challenger to nobody in the shadow, and to more users from stage to stage', () => {
    const users = PLAN.map((_, last) => run(CHAMPION_STRENGTH, PLAN.slice(0, last + 1), 1)[0]!.exposed.users);
    expect(users[0]).toBe(0);
    expect([...users].sort((a, b) => a - b)).toEqual(users);
    expect(users.at(-1)).toBeGreaterThan(2 * users[1]!);
  });
});

describe('interleaved lists', () => {
  const interleave: Stage = { kind: 'interleave', share: 0.5 };

  it('show what is worse as two groups of users do, and each of them costs fewer clicks', () => {
    const [groups, both] = [run(0, [{ kind: 'canary', share: 0.5 }], 3, 4_000), run(0, [interleave])];
    expect([...groups, ...both].every(({ outcome }) => outcome === 'stopped')).toBe(true);
    expect(costOf(both)).toBeGreaterThan(0);
    expect(costOf(both)).toBeLessThan(0.8 * costOf(groups));
  });

  it('show nothing of equals', () => {
    expect(run(CHAMPION_STRENGTH, [interleave], 4).filter(end => end.outcome === 'stopped')).toEqual([]);
  });
});
