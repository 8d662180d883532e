import { hostileClicks } from '../../../models/attack/history/hostile.ts';
import { countItems } from '../../../models/controls/popularity.ts';
import { evenly } from '../../../models/evaluate/ranks.ts';
import { HARDENING } from '../../../models/harden/hardening.ts';
import type { LeftOut } from '../../quality/next-item/sequences.ts';
import { meanOf, type PairedFigures, paired, type Worth } from '../paired.ts';
import { ATTACKS, clean, hostileOptions, type Scene, withBlend } from './attacks.ts';
import { FRAUDS, pushedItems } from './frauds.ts';
import { type Served, trainedBlend } from './models.ts';
import { exposure } from './neighbours.ts';

const JUDGES = 750;
/** By whom it is judged where nobody attacks, which has to be known the best, and of whom so many are attacked. */
const USERS = 4_000;
const ATTACKED = 1_500;
/** Of the time that there is, for all trainings; the rest is for the attacks. */
const TRAINING_SHARE = 0.6;
/** Fraud in the log means trainings of its own, so that some of it, with the first seed, has to do. */
const FARMS = ['log, a farm of 4 %'];
const SURROGATE = { seed: 1_000, temperature: 1 / 14 };

type Name = 'plain' | 'hardened';
type Pair = Record<Name, Served>;

/** What one seed trained: on the log as it is, and with each farm in it. */
interface Trained {
  readonly seed: number;
  readonly honest: Pair;
  readonly farmed: Readonly<Record<string, Pair>>;
}

export interface SequenceFigures {
  readonly users: number;
  readonly attacked: number;
  readonly seeds: number;
  readonly clean: PairedFigures;
  readonly attacks: Readonly<Record<string, PairedFigures>>;
  /** Under each farm: the share of the first ten that is its items. */
  readonly pushed: Readonly<Record<string, Record<Name, number>>>;
  /** What the network and each voice counts, by seed. */
  readonly weights: Readonly<Record<Name, Served['weights'][]>>;
  readonly seconds: Readonly<Record<Name, number>>;
}

/**
 * What a blend of a network with the voices beside it is worth under attack, plain and as `HARDENING.blend` says.
 * Everything is learned from the training part, the stage of each training and the weights are chosen by validation
 * events, and the test part is read when all trainings are done.
 *
 * @param described of each item its tokens
 * @param seconds in all
 */
export async function measureSequence(
  { names, training, validation, test }: LeftOut,
  described: readonly (readonly string[])[],
  { seeds, seconds }: { seeds: number; seconds: number },
  say: (line: string) => void,
): Promise<SequenceFigures> {
  const items = names.length;
  const counts = countItems(training, items);
  const log = { counts, users: training.length };
  const known = { names, described, judges: evenly(validation, JUDGES) };
  const trainings = 1 + 2 * (seeds + FARMS.length);
  const each = { ...known, seconds: (seconds * TRAINING_SHARE) / trainings };
  const weights: Record<Name, Served['weights'][]> = { plain: [], hardened: [] };
  const spent: Record<Name, number> = { plain: 0, hardened: 0 };

  const pairOn = async (sequences: readonly Int32Array[], seed: number, what: string): Promise<Pair> => {
    const pair = {} as Pair;
    for (const name of ['plain', 'hardened'] as const) {
      const started = performance.now();
      const hardening = name === 'hardened' ? HARDENING.blend : undefined;
      const served = await trainedBlend({ ...each, sequences, seed, hardening });
      spent[name] += (performance.now() - started) / 1_000 / (seeds + FARMS.length);
      if (what === 'honest') weights[name].push(served.weights);
      say(`seed ${seed}, ${what}, ${name}: ${JSON.stringify(served.weights)}`);
      pair[name] = served;
    }
    return pair;
  };

  const surrogate = await trainedBlend({ ...each, sequences: training, ...SURROGATE });
  const trained: Trained[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const honest = await pairOn(training, seed, 'honest');
    const farmed: Record<string, Pair> = {};
    for (const name of seed === 1 ? FARMS : []) {
      const fake = FRAUDS[name]!(log, seed);
      farmed[name] = await pairOn([...training, ...fake], seed, name);
    }
    trained.push({ seed, honest, farmed });
  }

  const everybody = evenly(test, USERS);
  const moments = evenly(test, ATTACKED);
  const worth: Record<string, { plain: Worth; hardened: Worth }[]> = {};
  const shown: Record<string, Record<Name, number>> = {};
  for (const { seed, honest, farmed } of trained) {
    const hostile = hostileOptions(items, seed);
    const transferred = await hostileClicks(surrogate.victim, moments, hostile);
    const scene: Scene = { moments, items, described, counts, transferred, seed };
    await judge('clean', honest, served => clean(served, { ...scene, moments: everybody }));
    for (const [name, attack] of Object.entries(ATTACKS)) await judge(name, honest, served => attack(served, scene));
    for (const [name, pair] of Object.entries(farmed)) {
      await judge(name, pair, served => clean(served, scene));
      shown[name] ??= { plain: 0, hardened: 0 };
      for (const which of ['plain', 'hardened'] as const) {
        const pushed = pushedItems(log, seed);
        shown[name][which] += await withBlend(pair[which], scorer => exposure(scorer, moments, pushed));
      }
    }
  }
  const figures = Object.fromEntries(Object.entries(worth).map(([name, runs]) => [name, paired(runs)]));
  const { clean: unattacked, ...attacks } = figures;
  return {
    users: everybody.targets.length,
    attacked: moments.targets.length,
    seeds,
    clean: unattacked!,
    attacks,
    pushed: shown,
    weights,
    seconds: spent,
  };

  async function judge(name: string, { plain, hardened }: Pair, worthOf: (served: Served) => Promise<Worth>) {
    const found = { plain: await worthOf(plain), hardened: await worthOf(hardened) };
    worth[name] = [...(worth[name] ?? []), found];
    say(`${name}: plain ${meanOf(found.plain).toFixed(4)}, hardened ${meanOf(found.hardened).toFixed(4)}`);
  }
}
