import { describe, expect, it } from 'vitest';
import { bots } from '../../../../models/attack/fraud/bots.ts';
import { dilution } from '../../../../models/attack/fraud/dilution.ts';
import { clickFarm } from '../../../../models/attack/fraud/farm.ts';
import { countItems } from '../../../../models/controls/popularity.ts';
import { CO_OCCURRENCE, rules } from '../../../../models/controls/rules.ts';
import { random } from '../../../../models/random.ts';

const ITEMS = 50;
const draws = random(4);
/** Real users: an even item is followed by the odd one after it. */
const real = Array.from({ length: 200 }, () => {
  const first = 2 * draws.below(20);
  return Int32Array.of(first, first + 1);
});
const counts = countItems(real, ITEMS);

async function scoresAfter(log: readonly Int32Array[], item: number): Promise<Float32Array> {
  const row = new Float32Array(ITEMS);
  await rules(log, ITEMS, CO_OCCURRENCE).score([Int32Array.of(item)], row);
  return row;
}

describe('click fraud in a log', () => {
  it.each([
    ['bots', () => bots({ users: 30, length: 8, items: ITEMS, seed: 1 })],
    ['a click farm', () => clickFarm(counts, { users: 30, length: 8, targets: [48, 49], seed: 1 })],
    ['dilution', () => dilution({ users: 30, length: 8, victims: [0, 2], items: ITEMS, seed: 1 })],
  ])('%s keeps to its accounts and events, and is the same again from a seed', (_, attack) => {
    const fake = attack();
    expect(fake.map(({ length }) => length)).toEqual(new Array(30).fill(8));
    expect(fake.flatMap(each => [...each]).every(item => item >= 0 && item < ITEMS)).toBe(true);
    expect(attack()).toEqual(fake);
  });

  it('a farm has its targets found after what is popular, and takes nothing that nobody took beside them', async () => {
    const fake = clickFarm(counts, { users: 100, length: 10, targets: [48], seed: 2 });
    expect((await scoresAfter(real, 0))[48]).toBe(0);
    expect((await scoresAfter([...real, ...fake], 0))[48]).toBeGreaterThan((await scoresAfter(real, 0))[1]!);
    expect(fake.flatMap(each => [...each]).every(item => item === 48 || counts[item]! > 0)).toBe(true);
  });

  it('dilution drowns what follows its victim', async () => {
    const shareOf = async (log: readonly Int32Array[]) => {
      const row = await scoresAfter(log, 0);
      return row[1]! / row.reduce((sum, each) => sum + each, 0);
    };
    const fake = dilution({ users: 60, length: 10, victims: [0], items: ITEMS, seed: 3 });
    expect(await shareOf([...real, ...fake])).toBeLessThan(0.5 * (await shareOf(real)));
  });
});
