import { describe, expect, it } from 'vitest';
import { halfOf, UNITS } from '../../../../bench/quality/membership/halves.ts';
import { partsOf, realLog } from '../../../../bench/robustness/shop/log.ts';
import { TAKEN } from '../../../../models/next-item/journeys.ts';
import { random } from '../../../../models/random.ts';
import { createWorld } from '../../../sim/world.ts';

const log = realLog(createWorld({ seed: 1, users: 20 }), { seed: 1, lists: 200 });
const { train } = partsOf(log);

describe.each(UNITS)('half of the %s', by => {
  const { part, member } = halfOf(log, train, by, random(5));
  const name = by === 'lists' ? 'list' : 'user';

  it('has all rows of some, and none of the others', () => {
    const inside = new Set(train[name].filter((_, row) => member[row] === 1));
    const outside = new Set(train[name].filter((_, row) => member[row] === 0));
    expect(inside.size).toBeGreaterThan(outside.size / 3);
    expect(outside.size).toBeGreaterThan(inside.size / 3);
    expect([...inside].filter(each => outside.has(each))).toEqual([]);
    expect(part.rows).toBe(member.reduce((sum, each) => sum + each, 0));
    expect(new Set(part[name])).toEqual(inside);
  });

  it('knows what was taken on its lists and on later ones, and on no other', () => {
    const has = new Set(part.list);
    const others = new Set(train.list.filter(list => !has.has(list)));
    const wanted = log.shown
      .filter((_, list) => !others.has(list))
      .flatMap(({ events }) => events.filter(event => TAKEN.includes(event.type)).map(({ at_ms }) => at_ms));
    expect([...part.journeys!.at_ms].sort()).toEqual(wanted.sort());
  });
});
