import { strangeClicks } from '../../../models/attack/history/strangers.ts';
import { countItems } from '../../../models/controls/popularity.ts';
import { CO_OCCURRENCE, rules } from '../../../models/controls/rules.ts';
import type { Scorer, Sequences } from '../../../models/controls/scorer.ts';
import { evenly, type NextItems, ranks } from '../../../models/evaluate/ranks.ts';
import { withoutLockstep } from '../../../models/harden/lockstep.ts';
import { listsOf } from '../../quality/next-item/lists.ts';
import type { LeftOut } from '../../quality/next-item/sequences.ts';
import { meanOf, type PairedFigures, paired, type Worth, worthOf } from '../paired.ts';
import { FRAUDS, type Log, pushedItems } from './frauds.ts';

/** What attacks leave of co-occurrence neighbours, the voice of a blend that learns at once whatever a log says. */
export interface NeighbourFigures {
  readonly users: number;
  readonly seeds: number;
  readonly clean: PairedFigures;
  readonly attacks: Readonly<Record<string, PairedFigures>>;
  /** Under each fraud the share of the first ten that is what farms push. */
  readonly pushed: Readonly<Record<string, { plain: number; hardened: number }>>;
  /** Real users of whom nothing is learned, as in lockstep, in the log as it is. */
  readonly suspected: number;
}

const USERS = 4_000;
const FIRST = 10;

/**
 * Neighbours from the log as it came, and from that without users in lockstep, under fraud of each kind. Each seed draws
 * other accounts and other items.
 */
export async function measureNeighbours(
  { names, training, test }: LeftOut,
  { seeds }: { seeds: number },
  say: (line: string) => void,
): Promise<NeighbourFigures> {
  const items = names.length;
  const log: Log = { counts: countItems(training, items), users: training.length };
  const learned = (sequences: Sequences): Scorer => rules(sequences, items, CO_OCCURRENCE);
  const moments = evenly(test, USERS);
  const worth: Record<string, { plain: Worth; hardened: Worth }[]> = {};
  const shown: Record<string, { plain: number; hardened: number }> = {};
  const note = async (name: string, { plain, hardened }: Record<'plain' | 'hardened', Scorer>, on = moments) => {
    const found = { plain: await worthTo(plain, on), hardened: await worthTo(hardened, on) };
    worth[name] = [...(worth[name] ?? []), found];
    say(`neighbours, ${name}: plain ${meanOf(found.plain).toFixed(4)}, hardened ${meanOf(found.hardened).toFixed(4)}`);
  };
  const kept = withoutLockstep(training);
  const honest = { plain: learned(training), hardened: learned(kept) };
  for (let seed = 1; seed <= seeds; seed++) {
    await note('clean', honest);
    await note('two strange clicks', honest, strangeClicks(moments, { clicks: 2, items, among: 10, seed }));
    for (const [name, fraud] of Object.entries(FRAUDS)) {
      const whole = [...training, ...fraud(log, seed)];
      const both = { plain: learned(whole), hardened: learned(withoutLockstep(whole)) };
      await note(name, both);
      const pushed = pushedItems(log, seed);
      shown[name] ??= { plain: 0, hardened: 0 };
      for (const which of ['plain', 'hardened'] as const) {
        shown[name][which] += (await exposure(both[which], moments, pushed)) / seeds;
      }
    }
  }
  const { clean, ...attacks } = Object.fromEntries(Object.entries(worth).map(([name, runs]) => [name, paired(runs)]));
  const suspected = training.length - kept.length;
  return { users: moments.targets.length, seeds, clean: clean!, attacks, pushed: shown, suspected };
}

async function worthTo(scorer: Scorer, moments: NextItems): Promise<Worth> {
  const [found] = await ranks([{ scorer, scaled: () => undefined }], [[1]], moments, { withoutHistory: true });
  return worthOf(found!);
}

/** The share of the first ten for each history that is among these items. */
export async function exposure(scorer: Scorer, { histories }: NextItems, items: readonly number[]): Promise<number> {
  const lists = await listsOf(scorer, histories, FIRST);
  const found = lists.reduce((sum, list) => sum + list.filter(item => items.includes(item)).length, 0);
  return found / (FIRST * lists.length);
}
