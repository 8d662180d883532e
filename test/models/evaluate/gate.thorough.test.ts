import { describe, expect, it } from 'vitest';
import { evaluateRankers } from '../../../models/evaluate/compare.ts';
import { judge } from '../../../models/evaluate/gate.ts';
import type { Dataset } from '../../../models/ranker/dataset/dataset.ts';
import { Verdict } from '../../../schemas/models/models.ts';
import { column, examples } from '../../sim/examples.ts';

const seed = 1;
const taste = (dataset: Dataset) => column(dataset, 'taste').map(x => -2.5 + (1.5 * (x - 100)) / 20);
const noise = (dataset: Dataset) => column(dataset, 'noise').map(x => x - 2);
const popularity = (dataset: Dataset) => column(dataset, 'popularity');

function verdictOn(dataset: Dataset, candidate: Float32Array, champion = popularity(dataset)) {
  const evaluation = evaluateRankers(dataset, { candidate, champion, popularity: popularity(dataset) }, { seed });
  const verdict = judge({ evaluation });
  expect(Verdict.parse(verdict)).toEqual(verdict);
  return { evaluation, verdict, failed: verdict.checks.filter(({ passed }) => !passed).map(({ name }) => name) };
}

describe('the gate', () => {
  const dataset = examples({ lists: 4_000 });

  it('lets a better candidate through, with its intervals', () => {
    const { verdict, evaluation, failed } = verdictOn(dataset, taste(dataset));
    expect(failed).toEqual([]);
    expect(verdict.passed).toBe(true);
    expect(verdict.metrics.ndcg_minus_popularity).toBe(evaluation.differences.popularity!.value);
    expect(evaluation.differences.popularity!.low).toBeGreaterThan(0.05);
  });

  it('lets a candidate through that is as good as the champion', () => {
    expect(verdictOn(dataset, taste(dataset), taste(dataset)).verdict.passed).toBe(true);
  });

  it('refuses one that is worse than both', () => {
    const { failed } = verdictOn(dataset, noise(dataset), taste(dataset));
    expect(failed).toContain('not_worse_than_champion');
    expect(failed).toContain('better_than_popularity');
  });

  it('judges by lists in random order, where the logged order is not praised', () => {
    const explored = verdictOn(dataset, noise(dataset)).evaluation;
    const logged = verdictOn(examples({ explored: 0 }), noise(examples({ explored: 0 }))).evaluation;
    expect([explored.order, logged.order]).toEqual(['explored', 'logged']);
    expect(logged.rankers.candidate.ndcg! - explored.rankers.candidate.ndcg!).toBeGreaterThan(0.1);
  });

  it('refuses scores that are not finite, or are missing', () => {
    const broken = taste(dataset).fill(Number.NaN, 5, 6);
    expect(verdictOn(dataset, broken).failed).toContain('finite_scores');
    expect(verdictOn(dataset, taste(dataset).slice(1)).failed).toContain('finite_scores');
  });

  it('refuses probabilities that are far from the click rate', () => {
    expect(
      verdictOn(
        dataset,
        taste(dataset).map(logit => logit + 3),
      ).failed,
    ).toEqual(['calibrated', 'click_ratio', 'click_ratio_of_bins']);
  });

  it('compares by AUC where lists have one item', () => {
    const single = examples({ lists: 2_000, items: 1, explored: 1 });
    const { verdict, evaluation } = verdictOn(single, taste(single));
    expect(evaluation.by).toBe('auc');
    expect(verdict.metrics.auc_minus_popularity).toBeGreaterThan(0.1);
    expect(verdict.metrics).not.toHaveProperty('ndcg_candidate');
  });

  it('refuses one that would bring fewer clicks than the champion, by lists whose propensities are known', () => {
    const known = { ...dataset, propensity: new Float32Array(dataset.rows).fill(0.1) };
    const { verdict, failed } = verdictOn(known, noise(known), taste(known));
    expect(failed).toEqual(expect.arrayContaining(['off_policy_snips', 'off_policy_dr']));
    expect(verdict.metrics.off_policy_dr_candidate).toBeLessThan(verdict.metrics.off_policy_dr_champion!);
    expect(verdictOn(known, taste(known), taste(known)).verdict.passed).toBe(true);
  });

  it.each([0, 1, 10])('says so, and does not crash, with %i lists', lists => {
    const few = examples({ lists });
    const { verdict, failed } = verdictOn(few, taste(few));
    expect(verdict.passed).toBe(false);
    expect(failed).toContain('enough_lists');
    expect(verdict.checks[0]!.reason).toMatch(/too few to judge by; 50 are needed/);
  });
});
