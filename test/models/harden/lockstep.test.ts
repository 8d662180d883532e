import { describe, expect, it } from 'vitest';
import { bots } from '../../../models/attack/fraud/bots.ts';
import { clickFarm } from '../../../models/attack/fraud/farm.ts';
import { countItems } from '../../../models/controls/popularity.ts';
import { inLockstep, withoutLockstep } from '../../../models/harden/lockstep.ts';
import { random } from '../../../models/random.ts';

const ITEMS = 2_000;
const draws = random(8);
const real = Array.from({ length: 3_000 }, () => {
  const topic = draws.below(10);
  return Int32Array.from({ length: 3 + draws.below(8) }, () => topic * 200 + draws.below(200));
});
const counts = countItems(real, ITEMS);
const targets = [7, 77, 777, 1_777];

describe('users in lockstep', () => {
  it('are the accounts of a farm, whatever popular items they take beside its targets', () => {
    const fake = clickFarm(counts, { users: 90, length: 16, targets, seed: 1 });
    const suspect = inLockstep([...real, ...fake]);
    expect(suspect.slice(real.length).every(Boolean)).toBe(true);
    expect(suspect.slice(0, real.length).filter(Boolean).length).toBeLessThan(15);
    expect(withoutLockstep([...real, ...fake]).length).toBe(suspect.filter(each => !each).length);
  });

  it('are not real users, nor bots that take anything, nor a farm too small to move much', () => {
    expect(inLockstep(real).filter(Boolean)).toEqual([]);
    const few = clickFarm(counts, { users: 18, length: 16, targets, seed: 1 });
    const any = bots({ users: 90, length: 8, items: ITEMS, seed: 1 });
    expect(
      inLockstep([...real, ...few, ...any])
        .slice(real.length)
        .filter(Boolean),
    ).toEqual([]);
  });

  it('are nobody where everybody takes the same, as by chance', () => {
    const few = Array.from({ length: 400 }, () => Int32Array.from({ length: 10 }, () => draws.below(30)));
    expect(inLockstep(few).filter(Boolean)).toEqual([]);
  });
});
