import { describe, expect, it } from 'vitest';
import { popularity } from '../../../models/controls/popularity.ts';
import { ASSOCIATION_RULES, CO_OCCURRENCE, rules, SEQUENTIAL_RULES } from '../../../models/controls/rules.ts';
import type { Scorer } from '../../../models/controls/scorer.ts';

const SEQUENCES = [Int32Array.of(0, 1, 2), Int32Array.of(0, 1)];

async function scores(scorer: Scorer, ...history: number[]): Promise<number[]> {
  const into = new Float32Array(scorer.items).fill(9);
  await scorer.score([Int32Array.from(history)], into);
  return Array.from(into, score => Number(score.toFixed(5)));
}

describe('rules', () => {
  it('count what is taken in the same session as the newest item', async () => {
    const scorer = rules(SEQUENCES, 3, ASSOCIATION_RULES);
    expect(await scores(scorer, 2, 0)).toEqual([0, 2, 1]);
    expect(await scores(scorer, 2)).toEqual([1, 1, 0]);
  });

  it('count what comes after it, the sooner the more', async () => {
    const scorer = rules(SEQUENCES, 3, SEQUENTIAL_RULES);
    expect(await scores(scorer, 0)).toEqual([0, 2, 0.5]);
    expect(await scores(scorer, 2)).toEqual([0, 0, 0]);
  });

  it('reach no farther than ten events', async () => {
    const long = [Int32Array.from({ length: 12 }, (_, item) => item)];
    const found = await scores(rules(long, 12, SEQUENTIAL_RULES), 0);
    expect(found.slice(9)).toEqual([0.11111, 0.1, 0]);
  });

  it('let an item follow itself', async () => {
    expect(await scores(rules([Int32Array.of(0, 0)], 1, SEQUENTIAL_RULES), 0)).toEqual([1]);
  });

  it('add up over a history, older events less, and a little for what came before', async () => {
    // From 1: 2 with 1, and back to 0 with 2 x 0.3. From 0, 0.7 times: 1 with 2, 2 with 1 / 2.
    expect(await scores(rules(SEQUENCES, 3, CO_OCCURRENCE), 0, 1)).toEqual([0.6, 1.4, 1.35]);
  });

  it('know nothing of an empty history, where popularity does', async () => {
    expect(await scores(rules(SEQUENCES, 3, CO_OCCURRENCE))).toEqual([0, 0, 0]);
    expect(await scores(popularity(SEQUENCES, 3))).toEqual([2, 2, 1]);
  });
});
