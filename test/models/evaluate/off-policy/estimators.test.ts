import { describe, expect, it } from 'vitest';
import { doublyRobust, ips, snips } from '../../../../models/evaluate/off-policy/estimators.ts';
import { estimated, lift, ratioOf } from '../../../../models/evaluate/off-policy/ratio.ts';
import { effectiveSize, importanceWeights, type Rounds } from '../../../../models/evaluate/off-policy/rounds.ts';
import { mixedSlate, type Slate } from '../../../../models/policy/slate.ts';
import { random } from '../../../../models/random.ts';

describe('lists with their logged propensities', () => {
  const choices = { order: [3, 1, 0, 2, 4], pinned: new Map([[1, 0]]), count: 3 };
  const EXPLORATION = 0.3;
  /** What each item brings at each place. */
  const reward = (index: number, position: number) => [0.1, 0.5, 0.05, 0.2, 0.9][index]! / (1 + position);
  /** The list of the target policy. */
  const target = [4, 0, 2];
  const truth = target.reduce((sum, index, position) => sum + reward(index, position), 0);
  const slates = new Map<string, Slate>();
  for (let n = 0; n < 500; n++) {
    const slate = mixedSlate(choices, EXPLORATION, true, `seed${n}`);
    slates.set(slate.places.map(({ index }) => index).join(), slate);
  }

  /** The expectation of an estimate over all lists that the policy may show. */
  const expectation = (estimate: (slate: Slate) => number) =>
    [...slates.values()].reduce((sum, slate) => sum + slate.propensity! * estimate(slate), 0);

  it('are all there', () => expect(slates.size).toBe(4 * 3));

  /** A round is a place: what is there, with the propensity that it has there. */
  const ofPlaces = ({ places }: Slate): Rounds => ({
    reward: Float64Array.from(places, ({ index, position }) => reward(index, position)),
    weight: importanceWeights(
      Float64Array.from(places, ({ index, position }) => Number(target[position] === index)),
      Float64Array.from(places, ({ propensity }) => propensity!),
    ),
    group: new Int32Array(places.length),
    groups: 1,
  });

  /** A round is the whole list, with the propensity of the slate. */
  const ofSlate = ({ places, propensity }: Slate): Rounds => ({
    reward: Float64Array.of(places.reduce((sum, { index, position }) => sum + reward(index, position), 0)),
    weight: importanceWeights(
      Float64Array.of(Number(places.every(({ index, position }) => target[position] === index))),
      Float64Array.of(propensity!),
    ),
    group: Int32Array.of(0),
    groups: 1,
  });

  it('give the value of another policy exactly, by places and by whole lists', () => {
    expect(expectation(slate => 3 * ratioOf(ips(ofPlaces(slate))))).toBeCloseTo(truth, 12);
    expect(expectation(slate => ratioOf(ips(ofSlate(slate))))).toBeCloseTo(truth, 12);
  });

  it('do so by doubly robust estimation whatever the reward model says', () => {
    const said = (index: number, position: number) => 0.3 + 0.2 * index - 0.1 * position;
    const model = ({ places }: Slate) => ({
      chosen: Float64Array.from(places, ({ index, position }) => said(index, position)),
      target: Float64Array.from(places, ({ position }) => said(target[position]!, position)),
    });
    expect(expectation(slate => 3 * ratioOf(doublyRobust(ofPlaces(slate), model(slate))))).toBeCloseTo(truth, 12);
  });

  it('lose by clipping', () => {
    const clipped = (slate: Slate) => ({ ...ofPlaces(slate), weight: ofPlaces(slate).weight.map(w => Math.min(2, w)) });
    expect(expectation(slate => 3 * ratioOf(ips(clipped(slate))))).toBeLessThan(truth - 0.1);
  });
});

const CHOICES = 6;
const PROPENSITY = [0.3, 0.25, 0.2, 0.1, 0.1, 0.05];
const TARGET = [0.1, 0.15, 0.15, 0.2, 0.2, 0.2];
const RATE = [0.1, 0.3, 0.2, 0.4, 0.15, 0.35];
const VALUE = TARGET.reduce((sum, each, choice) => sum + each * RATE[choice]!, 0);

/** Groups of `length` rounds; what a group likes is its own, so that its rounds are alike. */
function log(seed: number, groups: number, { length = 1, spread = 0 } = {}) {
  const draws = random(seed);
  const choice = new Int32Array(groups * length);
  const reward = new Float64Array(groups * length);
  for (let group = 0; group < groups; group++) {
    const own = 1 + (draws.uniform() < 0.5 ? spread : -spread);
    for (let round = group * length; round < (group + 1) * length; round++) {
      choice[round] = drawn(draws.uniform());
      reward[round] = Number(draws.uniform() < own * RATE[choice[round]!]!);
    }
  }
  const of = (probabilities: readonly number[]) => Float64Array.from(choice, each => probabilities[each]!);
  const group = Int32Array.from(choice, (_, round) => Math.floor(round / length));
  return { choice, reward, group, groups, weight: importanceWeights(of(TARGET), of(PROPENSITY)) };
}

function drawn(at: number): number {
  let mark = at;
  for (let choice = 0; choice < CHOICES; choice++) {
    mark -= PROPENSITY[choice]!;
    if (mark < 0) return choice;
  }
  return CHOICES - 1;
}

/** A model that knows the order of rates, and not the rates. */
const modelOf = ({ choice }: { choice: Int32Array }) => {
  const said = RATE.map(rate => 0.5 * rate);
  const target = TARGET.reduce((sum, each, at) => sum + each * said[at]!, 0);
  return {
    chosen: Float64Array.from(choice, each => said[each]!),
    target: new Float64Array(choice.length).fill(target),
  };
};

describe('intervals', () => {
  const ROUNDS = 80;
  const covered = (options: { length?: number; spread?: number }) => {
    const hits = { ips: 0, snips: 0, dr: 0, normal: 0 };
    for (let seed = 0; seed < ROUNDS; seed++) {
      const rounds = log(seed, 400, options);
      const ratios = { ips: ips(rounds), snips: snips(rounds), dr: doublyRobust(rounds, modelOf(rounds)) };
      const found = estimated(ratios, { seed, resamples: 200 });
      for (const name of ['ips', 'snips', 'dr'] as const) hits[name] += Number(holds(found[name]!));
      hits.normal += Number(holds(found.snips!.normal));
    }
    return Object.values(hits).map(each => each / ROUNDS);
  };
  const holds = ({ low, high }: { low: number; high: number }) => low <= VALUE && VALUE <= high;

  it('hold the value of the policy nineteen times out of twenty', () => {
    for (const share of covered({})) expect(share).toBeGreaterThan(0.9);
  });

  it('do so where the rounds of a user are alike', () => {
    for (const share of covered({ length: 6, spread: 0.9 })) expect(share).toBeGreaterThan(0.9);
    const rounds = log(1, 300, { length: 6, spread: 0.9 });
    const alone = { ...rounds, group: Int32Array.from(rounds.group.keys()), groups: rounds.group.length };
    const width = (each: Rounds) => {
      const { low, high } = estimated({ snips: snips(each) }, { seed: 1 }).snips!;
      return high - low;
    };
    expect(width(rounds)).toBeGreaterThan(1.2 * width(alone));
  });

  it('are narrower for a better reward model, and for what two policies have in common', () => {
    const rounds = log(3, 1_000);
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    const ratios = { ips: ips(rounds), dr: doublyRobust(rounds, modelOf(rounds)) };
    const found = estimated(ratios, { seed: 1 });
    expect(width(found.dr!)).toBeLessThan(width(found.ips!));
    const nearly = { ...rounds, weight: rounds.weight.map((weight, round) => (round % 10 === 0 ? 1 : weight)) };
    const { value, low, high, normal } = lift(snips(nearly), snips(rounds), { seed: 1 })!;
    expect(value).toBeCloseTo(ratioOf(snips(nearly)) / ratioOf(snips(rounds)) - 1, 12);
    expect(high - low).toBeLessThan((0.8 * width(found.ips!)) / found.ips!.value);
    expect(width(normal) / (high - low)).toBeCloseTo(1, 0);
    expect(lift(snips(rounds), snips(rounds), { seed: 1 })).toMatchObject({ value: 0, low: 0, high: 0 });
  });

  it('are none where nothing is known', () => {
    const none = { reward: new Float64Array(), weight: new Float64Array(), group: new Int32Array(), groups: 0 };
    expect(estimated({ ips: ips(none), snips: snips(none) }, { seed: 1 })).toEqual({ ips: null, snips: null });
    const nothing = { ...log(1, 10), weight: new Float64Array(10) };
    expect(estimated({ snips: snips(nothing) }, { seed: 1 }).snips).toBeNull();
    expect(lift(ips(log(1, 10)), ips(nothing), { seed: 1 })).toBeNull();
  });
});

describe('weights', () => {
  it('are worth fewer rounds where they differ', () => {
    expect(effectiveSize(Float64Array.of(2, 2, 2))).toBe(3);
    expect(effectiveSize(Float64Array.of(1, 0, 0))).toBe(1);
    expect(effectiveSize(new Float64Array(3))).toBe(0);
  });

  it('are clipped where that is asked for', () => {
    const of = (clip?: number) => [...importanceWeights(Float64Array.of(0.5, 0.1), Float64Array.of(0.05, 0.1), clip)];
    expect(of()).toEqual([10, 1]);
    expect(of(4)).toEqual([4, 1]);
  });

  it.each([0, 1.01, Number.NaN])('are refused for a propensity of %d', propensity => {
    expect(() => importanceWeights(Float64Array.of(1), Float64Array.of(propensity))).toThrow(/INPUT_INVALID.*round 0/);
  });

  it('make SNIPS blind to what they all have in common, which IPS is not', () => {
    const rounds = log(5, 500);
    const twice = { ...rounds, weight: rounds.weight.map(weight => 2 * weight) };
    expect(ratioOf(snips(twice))).toBeCloseTo(ratioOf(snips(rounds)), 12);
    expect(ratioOf(ips(twice))).toBeCloseTo(2 * ratioOf(ips(rounds)), 12);
  });
});
