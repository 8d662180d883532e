import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { random } from '../../models/random.ts';

const UNIFORM = [0.25, 0.25, 0.25, 0.25];
const LEARNED = [0.1, 0.2, 0.3, 0.4];
const CLICKS = [0.02, 0.05, 0.1, 0.2];

/** A shop of four items and two positions, whose clicks are known. */
function shop(rounds: number): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'temper-off-policy-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const draws = random(1);
  for (const [policy, shares] of Object.entries({ random: UNIFORM, bts: LEARNED })) {
    const lines = Array.from({ length: rounds }, () => {
      const mark = draws.uniform();
      const item = shares.findIndex((_, at) => mark < shares.slice(0, at + 1).reduce((sum, each) => sum + each, 0));
      const position = 1 + draws.below(2);
      return [item, position, Number(draws.uniform() < CLICKS[item]! / position), shares[item]].join();
    });
    mkdirSync(path.join(root, policy, 'all'), { recursive: true });
    const text = ['item_id,position,click,propensity_score', ...lines, ''].join('\n');
    writeFileSync(path.join(root, policy, 'all', 'all.csv'), text);
  }
  const actions = LEARNED.map((share, item) => `${item},${share},${share}`);
  writeFileSync(path.join(root, 'bts_action_dist.csv'), ['item_id,position1,position2', ...actions, ''].join('\n'));
  return root;
}

it('estimates what a policy brings from the log of another one', async () => {
  const options = ['--data', shop(20_000), '--campaign', 'all', '--seeds', '2', '--json'];
  const { stdout } = await execa('node', ['--import', 'tsx', 'bench/eval/off-policy.ts', ...options]);
  const found = JSON.parse(stdout);
  const truth = LEARNED.reduce((sum, share, item) => sum + share * CLICKS[item]!, 0) * 0.75;
  for (const name of ['ips', 'snips', 'dr']) {
    expect(Math.abs(found[name] - truth)).toBeLessThan(0.01);
    const [low, high] = found.interval[name];
    expect(low).toBeLessThan(truth);
    expect(high).toBeGreaterThan(truth);
    expect(high - low).toBeLessThan(0.02);
  }
  expect(Math.abs(found.on_policy - truth)).toBeLessThan(0.01);
  expect(found.effective_rounds).toBeLessThan(20_000);
  expect(found.greatest_weight).toBeCloseTo(1.6, 12);
});
