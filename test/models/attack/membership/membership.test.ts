import { describe, expect, it } from 'vitest';
import { byLoss, byRatio, confidenceOf, foundAt, ofGroups } from '../../../../models/attack/membership/membership.ts';
import { auc } from '../../../../models/evaluate/metrics.ts';
import { random } from '../../../../models/random.ts';

const ROWS = 4_000;

/** Models to which rows are as hard as they are, and somewhat easier where they have learned them. */
function shadows(models: number, eased: number) {
  const draws = random(3);
  const hardness = Float64Array.from({ length: ROWS }, () => 2 * draws.normal());
  const member = Array.from({ length: models }, () => Uint8Array.from({ length: ROWS }, () => draws.below(2)));
  const confidence = member.map(has => hardness.map((hard, row) => hard + eased * has[row]! + 0.5 * draws.normal()));
  return { confidence, member };
}

const goodness = (guess: Float64Array, member: Uint8Array) => auc(Float32Array.from(guess), member)!;

describe('guesses of membership', () => {
  it('by the ratio know how hard a row is for everybody, which hides it from those by the loss', () => {
    const told = shadows(17, 0.5);
    const loss = goodness(byLoss(told.confidence[0]!), told.member[0]!);
    const ratio = goodness(byRatio(told, 0), told.member[0]!);
    expect(loss).toBeGreaterThan(0.52);
    expect(loss).toBeLessThan(0.6);
    expect(ratio).toBeGreaterThan(0.7);
    expect(foundAt(byRatio(told, 0), told.member[0]!, 0.01)).toBeGreaterThan(0.025);
  });

  it('find nothing where nothing was kept', () => {
    const told = shadows(17, 0);
    expect(goodness(byRatio(told, 0), told.member[0]!)).toBeCloseTo(0.5, 1);
    expect(foundAt(byRatio(told, 0), told.member[0]!, 0.01)).toBeLessThan(0.02);
  });

  it('are surer of a list or a user than of the rows', () => {
    const told = shadows(17, 0.5);
    const lists = Int32Array.from({ length: ROWS }, (_, row) => row >> 3);
    for (const has of told.member) for (let row = 0; row < ROWS; row++) has[row] = has[row - (row % 8)]!;
    const draws = random(4);
    const said = told.member.map(has => Float64Array.from(has, each => 0.5 * each + 0.5 * draws.normal()));
    const again = { ...told, confidence: said };
    const { guess, member } = ofGroups(byRatio(again, 0), told.member[0]!, lists);
    expect(member).toHaveLength(ROWS / 8);
    expect(goodness(guess, member)).toBeGreaterThan(goodness(byRatio(again, 0), told.member[0]!) + 0.1);
  });

  it('are summed over the rows of a group wherever they stand', () => {
    const { guess, member } = ofGroups(
      Float64Array.of(1, 2, 4, 8),
      Uint8Array.of(1, 0, 1, 0),
      Int32Array.of(7, 3, 7, 3),
    );
    expect([...guess]).toEqual([5, 10]);
    expect([...member]).toEqual([1, 0]);
  });

  it('ask how sure the model is of what happened', () => {
    expect([...confidenceOf([2, 2, -1], [1, 0, 0])]).toEqual([2, -2, 1]);
    expect(byLoss(Float64Array.of(0))[0]).toBeCloseTo(-Math.LN2, 12);
  });
});
