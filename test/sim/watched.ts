import type { Moments } from '../../models/evaluate/sequential/sequence.ts';
import { random } from '../../models/random.ts';
import type { Calibration } from '../../models/watch/measures/calibration.ts';
import type { Cells } from '../../models/watch/measures/cells.ts';
import { SIDES, type Side, type Traffic, WINDOWS, type Window } from '../../models/watch/measures/rates.ts';
import { edgesOf, type Spread } from '../../models/watch/measures/spread.ts';

/** Sums over users, as ClickHouse makes them of their rows. */
export function momentsOf(users: Iterable<readonly [n: number, y: number]>): Moments {
  const moments = { users: 0, lists: 0, sum: 0, lists2: 0, cross: 0, sum2: 0 };
  for (const [n, y] of users) {
    if (n === 0) continue;
    moments.users++;
    moments.lists += n;
    moments.sum += y;
    moments.lists2 += n * n;
    moments.cross += n * y;
    moments.sum2 += y * y;
  }
  return moments;
}

export interface Drawn {
  seed: number;
  users: number;
  lists: number;
  /** Added to each value, in its standard deviations. */
  shift?: number;
}

/**
 * Values of a feature on the lists of a window. Half of a value's variance is its user's own, who is another in each
 * window, and some users come far more often: rows are far from independent. A third of the values are 0, as of counts.
 */
export function values({ seed, users, lists, shift = 0 }: Drawn, feature: number): { user: number; value: number }[] {
  const own = Array.from({ length: users }, (_, user) => random(seed, feature, user, 77).normal());
  const { below, uniform, normal } = random(seed, feature, 5);
  return Array.from({ length: lists }, () => {
    const user = Math.min(below(users), below(users));
    const value = Math.SQRT1_2 * (own[user]! + normal()) + shift;
    return { user, value: uniform() < 1 / 3 ? 0 : value };
  });
}

/** By tenths, what users have in each bin, and in each two. */
export function binned(rows: readonly { user: number; value: number }[], edges: readonly number[]): Spread {
  const bins = edges.length + 1;
  const users = new Map<number, number[]>();
  for (const { user, value } of rows) {
    const own = users.get(user) ?? Array.from({ length: bins }, () => 0);
    own[edges.filter(edge => value > edge).length]! += 1;
    users.set(user, own);
  }
  return spreadOf([...users.values()]);
}

/** @param users of each, his rows in each bin */
export function spreadOf(users: readonly (readonly number[])[]): Spread {
  const bins = Array.from({ length: users[0]!.length }, (_, bin) => bin);
  const sum = (of: (user: readonly number[]) => number) => users.reduce((all, user) => all + of(user), 0);
  return {
    users: users.length,
    counts: bins.map(bin => sum(user => user[bin]!)),
    products: bins.flatMap(a => bins.map(b => sum(user => user[a]! * user[b]!))),
  };
}

export function tenths(rows: readonly { value: number }[]): number[] {
  const sorted = rows.map(({ value }) => value).sort((a, b) => a - b);
  return edgesOf([
    ...new Set(Array.from({ length: 10 }, (_, n) => sorted[Math.ceil(((n + 1) * sorted.length) / 10) - 1]!)),
  ]);
}

/** Sums over users of what each had in the groups; see `Cells`. */
export function cellsOf(users: Iterable<readonly number[]>, groups: number): Cells {
  const width = 2 * groups;
  const cells = {
    users: 0,
    present: new Array<number>(groups).fill(0),
    sums: new Array<number>(width).fill(0),
    products: new Array<number>(width ** 2).fill(0),
  };
  for (const own of users) {
    cells.users++;
    for (let group = 0; group < groups; group++) cells.present[group]! += Number(own[2 * group]! > 0);
    for (let a = 0; a < width; a++) {
      cells.sums[a]! += own[a]!;
      for (let b = 0; b < width; b++) cells.products[a * width + b]! += own[a]! * own[b]!;
    }
  }
  return cells;
}

/** A shop whose lists come one after the other, to champion, control group and random order, with clicks by chance. */
export class Shop {
  readonly #dice: ReturnType<typeof random>;
  readonly #rates: Float64Array;
  readonly #users: number;
  /** Of each user who has come, lists and clicks of each group in each window. */
  readonly #of = new Map<number, number[]>();
  #window: Window = 'before';

  constructor(seed: number, users: number) {
    this.#dice = random(seed, 13);
    this.#users = users;
    this.#rates = Float64Array.from({ length: users }, () => 0.1 + 0.9 * this.#dice.uniform() ** 2);
  }

  /**
   * @param lift what the champion's lists earn, as a multiple of popularity's
   * @param season what everybody's earn
   */
  serve(lists: number, { lift = 1.5, season = 1, control = 0.15 } = {}): void {
    const { below, uniform } = this.#dice;
    for (let list = 0; list < lists; list++) {
      const user = Math.min(below(this.#users), below(this.#users));
      const side: Side = user < control * this.#users ? 'control' : uniform() < 0.1 ? 'random' : 'own';
      const rate = 0.2 * this.#rates[user]! * season * { own: lift, control: 1, random: 0.5 }[side];
      const own = this.#of.get(user) ?? new Array<number>(2 * WINDOWS.length * SIDES.length).fill(0);
      this.#of.set(user, own);
      const at = 2 * (SIDES.length * WINDOWS.indexOf(this.#window) + SIDES.indexOf(side));
      own[at]! += 1;
      own[at + 1]! += Number(uniform() < rate) + Number(uniform() < rate) + Number(uniform() < rate);
    }
  }

  get traffic(): Traffic {
    return cellsOf(this.#of.values(), WINDOWS.length * SIDES.length);
  }

  /** What comes from now on is of the second window. */
  turn(): void {
    this.#window = 'after';
  }
}

/** Predictions of 5 to 35 %, of which `right` times as many come true; those of one user err alike. */
export function predictions({ seed, users, lists }: Drawn, right = 1): Calibration {
  const { below, uniform } = random(seed, 17);
  const bias = Array.from({ length: users }, () => 0.7 + 0.6 * uniform());
  const of = new Map<number, [number, number]>();
  const bins = Array.from({ length: 10 }, () => ({ rows: 0, expected: 0, clicks: 0 }));
  for (let row = 0; row < lists * 8; row++) {
    const user = below(users);
    const p = 0.05 + 0.3 * uniform();
    const click = Number(uniform() < p * bias[user]! * right);
    const [expected, clicks] = of.get(user) ?? [0, 0];
    of.set(user, [expected + p, clicks + click]);
    const bin = bins[Math.floor(10 * p)]!;
    bin.rows++;
    bin.expected += p;
    bin.clicks += click;
  }
  return { clicks: momentsOf(of.values()), lists, bins };
}
