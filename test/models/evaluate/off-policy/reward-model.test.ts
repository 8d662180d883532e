import { expect, it } from 'vitest';
import { crossFitted } from '../../../../models/evaluate/off-policy/reward-model.ts';
import { random } from '../../../../models/random.ts';

const BY_POSITION = [0.4, 0.2, 0.1];
const BY_ITEM = [0.5, 1, 1.5, 2];

function shown(rounds: number, seed = 1) {
  const draws = random(seed);
  const item = Int32Array.from({ length: rounds }, () => draws.below(BY_ITEM.length));
  const position = Int32Array.from({ length: rounds }, () => draws.below(BY_POSITION.length));
  const reward = Float64Array.from(item, (which, round) =>
    Number(draws.uniform() < BY_ITEM[which]! * BY_POSITION[position[round]!]!),
  );
  return { item, position, reward, group: Int32Array.from(item.keys()), groups: rounds };
}

it('finds the rates of items and positions', () => {
  const model = crossFitted(shown(40_000), { seed: 1 });
  for (const [item, more] of BY_ITEM.entries()) {
    for (const [position, rate] of BY_POSITION.entries()) expect(model(0, item, position)).toBeCloseTo(more * rate, 1);
  }
});

it('gives an item that nobody saw the rate of its position', () => {
  const all = { ...shown(40_000), item: new Int32Array(40_000) };
  const model = crossFitted(all, { seed: 1 });
  expect(model(0, 9, 1) / model(0, 0, 1)).toBeCloseTo(1, 1);
});

it('knows nothing of the group whose round is asked for', () => {
  const log = shown(50);
  const other = { ...log, reward: log.reward.map((reward, round) => (round === 7 ? 1 - reward : reward)) };
  const at = (each: typeof log, round: number) => crossFitted(each, { seed: 1 })(round, log.item[7]!, log.position[7]!);
  expect(at(log, 7)).toBe(at(other, 7));
  const changed = [...log.group.keys()].filter(round => at(log, round) !== at(other, round));
  expect(changed.length).toBe(40);
});

it('stays within 0 and 1, also of few rounds', () => {
  for (const rounds of [1, 2, 6]) {
    const sure = { ...shown(rounds), reward: new Float64Array(rounds).fill(1) };
    const model = crossFitted(sure, { seed: 1 });
    for (let round = 0; round < rounds; round++) {
      expect(model(round, 0, 0)).toBeGreaterThan(0);
      expect(model(round, 0, 0)).toBeLessThanOrEqual(1);
    }
  }
});
