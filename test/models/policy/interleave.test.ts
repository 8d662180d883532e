import { expect, test } from 'vitest';
import { teamDraft } from '../../../models/policy/interleave.ts';

const up = Array.from({ length: 10 }, (_, n) => n);
const down = up.toReversed();

test('every candidate stands once, and both teams have as many of each even head', () => {
  for (let seed = 0; seed < 50; seed++) {
    const { order, isOfSecond } = teamDraft(up, down, `list ${seed}`);
    expect([...order].sort((a, b) => a - b)).toEqual(up);
    for (let head = 2; head <= 10; head += 2) {
      expect(order.slice(0, head).filter(candidate => isOfSecond[candidate] === 1)).toHaveLength(head / 2);
    }
    const own = order.filter(candidate => isOfSecond[candidate] === 0);
    expect(own).toEqual([...own].sort((a, b) => a - b)); // each team's items keep its order
  }
});

test('of rankings that agree the order is theirs, and credits fall by chance: neither wins', () => {
  let second = 0;
  for (let seed = 0; seed < 2_000; seed++) {
    const { order, isOfSecond } = teamDraft(up, up, `list ${seed}`);
    expect(order).toEqual(up);
    second += isOfSecond[0]!;
  }
  expect(Math.abs(second / 2_000 - 0.5)).toBeLessThan(0.04); // three and a half deviations
});

test('the same list is always drafted alike', () => {
  expect(teamDraft(up, down, 'r-1')).toEqual(teamDraft(up, down, 'r-1'));
  const drafts = new Set(Array.from({ length: 20 }, (_, n) => String(teamDraft(up, down, `r-${n}`).order)));
  expect(drafts.size).toBeGreaterThan(5);
});
