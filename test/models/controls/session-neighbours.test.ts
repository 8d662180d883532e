import { describe, expect, it } from 'vitest';
import { sessionNeighbours } from '../../../models/controls/session-neighbours.ts';

const SEQUENCES = [Int32Array.of(0, 1, 2), Int32Array.of(1, 3)];
const history = Int32Array.of(0, 1);

async function scores(neighbours: number): Promise<Float32Array> {
  const into = new Float32Array(4);
  await sessionNeighbours(SEQUENCES, 4, { neighbours, memory: 1, reach: 1 }).score([history], into);
  return into;
}

describe('session neighbours', () => {
  // Both sessions share item 1, the newest; the first also item 0, one place older.
  const first = (1 + Math.exp(-1)) / Math.sqrt(3 * 2);
  const second = 1 / Math.sqrt(2 * 2);

  it('score what is near to the newest shared item of the sessions that are alike', async () => {
    const wanted = [first * Math.exp(-1), 0, first * Math.exp(-1), second * Math.exp(-1)];
    for (const [item, score] of (await scores(2)).entries()) expect(score).toBeCloseTo(wanted[item]!, 6);
  });

  it('leave out the sessions that are less alike than as many as count', async () => {
    const found = await scores(1);
    expect(found[2]).toBeGreaterThan(0);
    expect(found[3]).toBe(0);
  });

  it('forget one history before the next', async () => {
    const scorer = sessionNeighbours(SEQUENCES, 4, { neighbours: 2, memory: 1, reach: 1 });
    const into = new Float32Array(8);
    await scorer.score([history, history], into);
    expect(into.subarray(4)).toEqual(into.subarray(0, 4));
  });
});
