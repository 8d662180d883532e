import { expect, it } from 'vitest';
import { examination } from '../../../models/features/aggregates/examination.ts';
import { random } from '../../../models/random.ts';
import { looksOf } from '../../../models/ranker/dataset/statistics.ts';
import { initialRanker, rankerParameters, TOWER, usualLogits } from '../../../models/ranker/ranker.ts';
import { examples } from '../../sim/examples.ts';

const POSITIONS = 5;

it('how far down is looked at follows from lists in random order alone', () => {
  const dataset = examples({ lists: 4_000, explored: 0.5 });
  const looks = looksOf(dataset, POSITIONS);
  const shares = Array.from(looks, (_, place) => {
    const rows = [...dataset.position.keys()].filter(row => dataset.explored[row] && dataset.position[row] === place);
    return rows.filter(row => dataset.clicked[row]).length / rows.length;
  });
  for (const [place, share] of shares.entries()) expect(looks[place]).toBeCloseTo(share / shares[0]!, 1);
  expect(looks[0]).toBe(1);
  const turned = { ...dataset, clicked: dataset.clicked.map((each, row) => (dataset.explored[row] ? each : 1 - each)) };
  expect(looksOf(turned, POSITIONS)).toEqual(looks);
});

it('is the declared one where there are none, and near to it where there are few', () => {
  const declared = Array.from({ length: POSITIONS }, (_, place) => examination(place));
  const nearly = declared.map(each => expect.closeTo(each, 12));
  expect([...looksOf(examples({ explored: 0 }), POSITIONS)]).toEqual(nearly);
  const pinned = examples({ explored: 1 });
  pinned.propensity.fill(1);
  expect([...looksOf(pinned, POSITIONS)]).toEqual(nearly);
  const few = looksOf(examples({ lists: 6, explored: 1 }), POSITIONS);
  for (const [place, each] of few.entries()) expect(Math.abs(each - declared[place]!)).toBeLessThan(0.3);
});

it('is where the side tower begins, in logits', () => {
  const shape = { features: 3, hidden: [2], positions: 3 };
  const towerOf = (looks?: Float64Array) =>
    rankerParameters(shape).views(initialRanker(shape, 0.1, random(1), looks))[TOWER]!;
  expect([...towerOf()]).toEqual([0, 0, 0]);
  const logits = [0, 1, 2].map(place => usualLogits(towerOf(Float64Array.of(1, 0.5, 0.25)), oneAt(place))[0]!);
  expect(logits).toEqual([0, Math.log(0.5), Math.log(0.25)].map(each => expect.closeTo(each, 5)));
});

function oneAt(place: number): number[] {
  return [0, 1, 2].map(each => Number(each === place));
}
