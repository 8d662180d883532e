import { HARDENING } from '../../../models/harden/hardening.ts';
import { createWorld } from '../../../test/sim/world.ts';
import { contentsOf } from '../../modalities/contents.ts';
import { meanOf, type PairedFigures, paired, type Worth } from '../paired.ts';
import { ATTACKS, type Scene, worthOn } from './attacks.ts';
import { type Budget, FRAUDS, fraudIn, type Parts, partsOf, realLog } from './log.ts';
import { KINDS, type Kind, perceptron, type Served } from './rankers.ts';

const WORLD = { seed: 1, users: 1_200 };
/** Either part has about twice as many fake clicks as real ones. */
const LATE: Budget = { accounts: 60, events: 20, items: 20 };
const EARLY: Budget = { accounts: 60, events: 60, items: 20 };
/** Of users of different seeds none is the same. */
const USERS = 10_000;
const SURROGATE = 1_000;

export interface ShopFigures {
  readonly seeds: number;
  readonly lists: number;
  readonly clean: PairedFigures;
  readonly attacks: Readonly<Record<string, PairedFigures>>;
}

/**
 * What a ranker is worth under attack in the simulated shop, plain and hardened: on features that are moved, and on those
 * that the jobs' own reducers make of a log in which accounts without people were at work, while it served or before it
 * was trained. Each seed draws other visits and other first parameters. The fusion ranker sees ids, texts, pictures and
 * videos beside.
 *
 * @param first the first of the seeds
 */
export async function measureShop(
  { kind, first, seeds, lists }: { kind: Kind; first: number; seeds: number; lists: number },
  say: (line: string) => void,
): Promise<ShopFigures> {
  const world = createWorld(WORLD);
  const contents = kind === 'fusion' ? (await contentsOf(world.items, WORLD.seed, say)).contents : {};
  const worth: Record<string, { plain: Worth; hardened: Worth }[]> = {};
  for (let run = 0; run < seeds; run++) {
    const seed = first + run;
    const note = (name: string, plain: Worth, hardened: Worth) => {
      const [a, b] = [plain, hardened].map(each => ({ ...each, users: each.users.map(user => user + run * USERS) }));
      worth[name] = [...(worth[name] ?? []), { plain: a!, hardened: b! }];
      say(`seed ${seed}, ${name}: plain ${meanOf(plain).toFixed(4)}, hardened ${meanOf(hardened).toFixed(4)}`);
    };
    const log = realLog(world, { seed, lists });
    const honest = partsOf(log, [], contents);
    const { plain, hardened } = await bothOn(honest, kind, seed);
    note('clean', await worthOn(plain, honest.later), await worthOn(hardened, honest.later));

    const surrogate = await perceptron(honest, { seed: seed + SURROGATE, hidden: [32] });
    const scene: Scene = { later: honest.later, train: honest.train, surrogate, seed };
    for (const [name, attack] of Object.entries(ATTACKS)) {
      const on = async (served: Served) =>
        await worthOn(served, { ...honest.later, features: await attack(served, scene) });
      note(name, await on(plain), await on(hardened));
    }
    for (const fraud of FRAUDS) {
      const { later } = partsOf(log, fraudIn(log, fraud, LATE, false), contents);
      note(`log, ${fraud} while it serves`, await worthOn(plain, later), await worthOn(hardened, later));
    }
    for (const fraud of FRAUDS) {
      const parts = partsOf(log, fraudIn(log, fraud, EARLY, true), contents);
      const both = await bothOn(parts, kind, seed);
      const { later } = parts;
      note(`log, ${fraud} while it learns`, await worthOn(both.plain, later), await worthOn(both.hardened, later));
    }
  }
  const { clean, ...attacks } = Object.fromEntries(Object.entries(worth).map(([name, runs]) => [name, paired(runs)]));
  return { seeds, lists, clean: clean!, attacks };
}

async function bothOn(parts: Parts, kind: Kind, seed: number): Promise<Record<'plain' | 'hardened', Served>> {
  const plain = await KINDS[kind](parts, { seed });
  return { plain, hardened: await KINDS[kind](parts, { seed, hardening: HARDENING.features }) };
}
