import { hostileClicks } from '../../../models/attack/history/hostile.ts';
import type { Victim } from '../../../models/attack/history/victim.ts';
import { contentsOf } from '../../../models/controls/contents.ts';
import { countItems } from '../../../models/controls/popularity.ts';
import { evenly, type NextItems } from '../../../models/evaluate/ranks.ts';
import { openSequenceRanker } from '../../../models/sequence/ranker.ts';
import type { LeftOut } from '../../quality/next-item/sequences.ts';
import { meanOf, type PairedFigures, paired, type Worth } from '../paired.ts';
import { ATTACKS, clean, hostileOptions, type Scene } from './attacks.ts';
import { FRAUDS, pushedItems } from './frauds.ts';
import { TRIED, trainedVictim } from './models.ts';
import { exposure } from './neighbours.ts';

const JUDGES = 1_500;
const USERS = 4_000;
/** Of the time that there is, for all trainings; the rest is for the attacks. */
const TRAINING_SHARE = 0.6;
/** Fraud in the log means a training of its own, so that a part of it has to do. */
const FARMS = ['log, a farm of 2 % of the users', 'log, farms of 2 % together, each too small for the filter'];
const SURROGATE = { seed: 1_000, temperature: 1 / 14 };

type Name = 'plain' | 'hardened';
type Pair = Record<Name, Victim>;

/** What one seed trained: on the log as it is, and with each farm in it. */
interface Trained {
  readonly seed: number;
  readonly honest: Pair;
  readonly farmed: Readonly<Record<string, Pair>>;
}

export interface SequenceFigures {
  readonly users: number;
  readonly seeds: number;
  readonly clean: PairedFigures;
  readonly attacks: Readonly<Record<string, PairedFigures>>;
  /** Under each farm: the share of the first ten that is its items. */
  readonly pushed: Readonly<Record<string, Record<Name, number>>>;
  readonly validation: Readonly<Record<Name, number[]>>;
  readonly seconds: Readonly<Record<Name, number>>;
}

/**
 * What a sequence ranker is worth under attack, plain and hardened. Everything is learned from the training part, the
 * stage of each training is chosen by validation events, and the test part is read when all trainings are done.
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
  const known = { items, contents: contentsOf(described), judges: evenly(validation, JUDGES) };
  const trainings = 1 + seeds * 2 * (1 + FARMS.length);
  const each = { ...known, seconds: (seconds * TRAINING_SHARE) / trainings };
  const goodness: Record<Name, number[]> = { plain: [], hardened: [] };
  const spent: Record<Name, number> = { plain: 0, hardened: 0 };

  const pairOn = async (sequences: readonly Int32Array[], seed: number, what: string): Promise<Pair> => {
    const victims = {} as Pair;
    for (const name of ['plain', 'hardened'] as const) {
      const started = performance.now();
      const hardening = name === 'hardened' ? TRIED : undefined;
      const victim = await trainedVictim({ ...each, sequences, seed, hardening });
      spent[name] += (performance.now() - started) / 1_000 / (seeds * (1 + FARMS.length));
      if (what === 'honest') goodness[name].push(victim.validation);
      say(`seed ${seed}, ${what}, ${name}: validation NDCG@10 ${victim.validation.toFixed(4)}`);
      victims[name] = victim;
    }
    return victims;
  };

  const surrogate = await trainedVictim({ ...each, sequences: training, ...SURROGATE });
  const trained: Trained[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const honest = await pairOn(training, seed, 'honest');
    const farmed: Record<string, Pair> = {};
    for (const name of FARMS) {
      const fake = FRAUDS[name]!(log, seed);
      farmed[name] = await pairOn([...training, ...fake], seed, name);
    }
    trained.push({ seed, honest, farmed });
  }

  const moments = evenly(test, USERS);
  const worth: Record<string, { plain: Worth; hardened: Worth }[]> = {};
  const shown: Record<string, Record<Name, number>> = {};
  for (const { seed, honest, farmed } of trained) {
    const hostile = hostileOptions(items, seed);
    const transferred = await hostileClicks(surrogate, moments, hostile);
    const scene: Scene = { moments, items, described, counts, transferred, seed };
    await judge('clean', honest, victim => clean(victim, scene));
    for (const [name, attack] of Object.entries(ATTACKS)) await judge(name, honest, victim => attack(victim, scene));
    for (const [name, pair] of Object.entries(farmed)) {
      await judge(name, pair, victim => clean(victim, scene));
      shown[name] ??= { plain: 0, hardened: 0 };
      for (const which of ['plain', 'hardened'] as const) {
        shown[name][which] += (await exposureOf(pair[which], moments, pushedItems(log, seed))) / seeds;
      }
    }
  }
  const figures = Object.fromEntries(Object.entries(worth).map(([name, runs]) => [name, paired(runs)]));
  const { clean: unattacked, ...attacks } = figures;
  return {
    users: moments.targets.length,
    seeds,
    clean: unattacked!,
    attacks,
    pushed: shown,
    validation: goodness,
    seconds: spent,
  };

  async function judge(name: string, { plain, hardened }: Pair, worthOf: (victim: Victim) => Promise<Worth>) {
    const found = { plain: await worthOf(plain), hardened: await worthOf(hardened) };
    worth[name] = [...(worth[name] ?? []), found];
    say(`${name}: plain ${meanOf(found.plain).toFixed(4)}, hardened ${meanOf(found.hardened).toFixed(4)}`);
  }
}

async function exposureOf(
  { model, parameters }: Victim,
  moments: NextItems,
  items: readonly number[],
): Promise<number> {
  const scorer = await openSequenceRanker(model, parameters);
  try {
    return await exposure(scorer, moments, items);
  } finally {
    await scorer.release();
  }
}
