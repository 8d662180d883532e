import { describe, expect, it } from 'vitest';
import { estimateExamination, type SeenAt } from '../../../../models/features/examination/estimate.ts';
import { falling } from '../../../../models/features/examination/isotonic.ts';
import { random } from '../../../../models/random.ts';
import { history, type Shown } from '../../../sim/history.ts';
import { examination, reach } from '../../../sim/shopper.ts';
import { createWorld } from '../../../sim/world.ts';

const GROUPS = 300;

/** One list that a user saw down to some position, and clicked at others. */
function seenOn(group: number, seen: number, clicked: ReadonlySet<number>): SeenAt[] {
  const top_clicks = Number(clicked.has(0));
  return Array.from({ length: seen }, (_, position) => {
    return { group, position, lists: 1, clicks: Number(clicked.has(position)), top_clicks };
  });
}

describe('the examination curve', () => {
  it('of the simulated shop is found within its intervals', () => {
    const users = new Map<string, number>();
    const world = createWorld({ seed: 11, users: GROUPS });
    const log = [...history(world, { seed: 11, lists: 6_000, browsing: 1 })];
    const rows = log.flatMap((shown: Shown) => {
      const positions = (type: string) =>
        shown.events.flatMap(event => (event.type === type && 'position' in event ? [event.position!] : []));
      const { user } = shown.list;
      if (!users.has(user)) users.set(user, users.size);
      return seenOn(users.get(user)!, positions('impression').length, new Set(positions('click')));
    });
    const found = estimateExamination(rows, { groups: GROUPS, seed: 1 });
    expect(found.lists).toBe(6_000);
    expect(found.positions).toHaveLength(10);
    expect(found.positions[0]).toMatchObject({ measured: { value: 1, low: 1, high: 1 }, smooth: { value: 1 } });
    const held = found.positions.slice(1).filter(({ position, measured, smooth }) => {
      // Of what was on the screen.
      const truth = examination(position) / reach(position);
      expect(Math.abs(smooth!.value - truth)).toBeLessThan(0.15);
      expect(measured!.high - measured!.low).toBeLessThan(0.4);
      return measured!.low <= truth && truth <= measured!.high;
    });
    expect(held.length).toBeGreaterThanOrEqual(8);
    const { low, high } = found.exponent!;
    // The shop's curve is no power law: 0.30 fits its second position, 0.34 its tenth.
    expect(low).toBeLessThan(0.34);
    expect(high).toBeGreaterThan(0.3);
    expect(high).toBeLessThan(0.5);
  });

  it('is not moved by those who see further down and click more', () => {
    const draws = random(3);
    const rows = Array.from({ length: 6_000 }, (_, list) => {
      const [seen, likes] = list % 2 === 0 ? [1, 0.1] : [4, 0.4];
      const clicked = [0, 1, 2, 3].filter(position => draws.uniform() < likes / (1 + position));
      return seenOn(list % GROUPS, seen, new Set(clicked));
    }).flat();
    const { positions, exponent } = estimateExamination(rows, { groups: GROUPS, seed: 1 });
    for (const { position, measured } of positions) expect(measured!.value).toBeCloseTo(1 / (1 + position), 1);
    expect(exponent!.value).toBeCloseTo(1, 0);
    expect(exponent!.low).toBeLessThan(1);
    expect(exponent!.high).toBeGreaterThan(1);
  });

  it('says nothing where there is nothing to say', () => {
    expect(estimateExamination([], { groups: 5, seed: 1 })).toEqual({
      lists: 0,
      top_clicks: 0,
      positions: [],
      exponent: null,
    });
    const unclicked = estimateExamination(seenOn(0, 3, new Set()), { groups: 5, seed: 1 });
    expect(unclicked.positions.map(({ measured, smooth }) => [measured, smooth])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ]);
    expect(unclicked.exponent).toBeNull();
  });
});

describe('the falling curve', () => {
  it('leaves what falls, and pools what rises by its weight', () => {
    expect([...falling([4, 2, 1], [4, 4, 4])]).toEqual([1, 0.5, 0.25]);
    expect([...falling([4, 1, 6], [4, 4, 8])]).toEqual([1, 7 / 12, 7 / 12]);
    expect([...falling([2, 4, 6], [4, 4, 4])]).toEqual([1, 1, 1]);
  });

  it('is never above what stands before, and keeps the sum', () => {
    const { uniform } = random(1);
    for (let round = 0; round < 50; round++) {
      const above = Array.from({ length: 8 }, () => uniform());
      const curve = falling(above, new Array(8).fill(1));
      for (let at = 1; at < 8; at++) expect(curve[at]).toBeLessThanOrEqual(curve[at - 1]!);
      expect(curve.reduce((a, b) => a + b)).toBeCloseTo(
        above.reduce((a, b) => a + b),
        9,
      );
    }
  });

  it('has room for positions that nobody knows', () => {
    expect([...falling([4, 0, 2], [4, 0, 4])]).toEqual([1, 0.5, 0.5]);
    expect([...falling([], [])]).toEqual([]);
  });
});
