import type { ItemModality } from '../../../models/fusion/shape.ts';
import { random } from '../../../models/random.ts';
import type { Dataset } from '../../../models/ranker/dataset/dataset.ts';
import type { Contents } from '../../../models/ranker/model.ts';
import { pictureOf } from '../../../test/sim/media.ts';
import { createWorld } from '../../../test/sim/world.ts';
import { meanOf, type PairedFigures, paired, type Worth } from '../paired.ts';
import { worthOn } from '../shop/attacks.ts';
import { type Parts, partsOf, realLog } from '../shop/log.ts';
import { fusion, type Served } from '../shop/rankers.ts';
import { AWAY, awayFrom, DAMAGES, damaged, LEARNED, PUSH, sent } from './attacks.ts';
import { contentsOf, type Eyes, type Pictures } from './eyes.ts';
import { liftingDirections } from './lifting.ts';

const WORLD = { seed: 1, items: 240, users: 600 };
/** Of the products, those of who pushes. */
const OWNED = 0.05;
/** Of users of different seeds none is the same, and no two damages draw alike. */
const APART = 10_000;

/** What a ranker goes by: pictures alone, as where nothing else is known, or beside ids and features. */
const GOES_BY: Readonly<Record<string, { readonly modalities: readonly ItemModality[]; readonly features: boolean }>> =
  {
    images: { modalities: ['image'], features: false },
    images_beside_features: { modalities: ['id', 'image'], features: true },
  };

export interface ImageFigures {
  readonly clean: PairedFigures;
  readonly attacks: Readonly<Record<string, PairedFigures>>;
}

type Pair = Record<'plain' | 'hardened', Served>;

/**
 * What fusion rankers are worth where pictures of the simulated shop are attacked in their pixels, and seen by the very
 * encoder: plain, and learned from damaged pictures as well. Pictures are attacked where they are ranked by; what was
 * learned from had them as they were.
 */
export async function measureImages(
  { first, seeds, lists }: { first: number; seeds: number; lists: number },
  eyes: Eyes,
  say: (line: string) => void,
): Promise<Record<string, ImageFigures>> {
  const world = createWorld(WORLD);
  const pictures: Pictures = await Promise.all(
    world.items.map(item => (item.image === undefined ? undefined : pictureOf(item, WORLD.seed))),
  );
  const clean = await contentsOf(eyes, pictures);
  const told = (what: string) => (done: number) => done % 20 === 0 && say(`${what}: ${done} pictures`);
  const attacked: Record<string, Contents> = {};
  for (const [at, [name, damage]] of Object.entries(DAMAGES).entries()) {
    attacked[name] = await contentsOf(eyes, await damaged(pictures, damage, (1 + at) * APART));
    say(`seen: ${name}`);
  }
  for (const [name, steering] of Object.entries(AWAY)) {
    const moved = await sent(eyes, pictures, awayFrom(clean), { ...steering, seed: 1 }, told(name));
    attacked[name] = await contentsOf(eyes, moved);
  }
  const views: Float32Array[] = [];
  for (const [at, damage] of LEARNED.entries()) {
    views.push((await contentsOf(eyes, await damaged(pictures, damage, (100 + at) * APART))).vectors);
  }

  const worth: Record<string, Record<string, { plain: Worth; hardened: Worth }[]>> = {};
  for (let run = 0; run < seeds; run++) {
    const seed = first + run;
    const whole = partsOf(realLog(world, { seed, lists }), [], { image: clean });
    for (const [by, { modalities, features }] of Object.entries(GOES_BY)) {
      const parts = features ? whole : blind(whole);
      const both: Pair = {
        plain: await fusion(parts, { seed, modalities }),
        hardened: await fusion(parts, { seed, modalities, views: { image: views } }),
      };
      const note = async (name: string, seen: Record<keyof Pair, Contents>) => {
        const on = async (which: keyof Pair) => {
          const { gains, users } = await worthOn(both[which], { ...parts.later, contents: { image: seen[which] } });
          return { gains, users: users.map(user => user + run * APART) };
        };
        const found = { plain: await on('plain'), hardened: await on('hardened') };
        worth[by] = { ...worth[by], [name]: [...(worth[by]?.[name] ?? []), found] };
        say(
          `seed ${seed}, ${by}, ${name}: plain ${meanOf(found.plain).toFixed(4)}, hardened ${meanOf(found.hardened).toFixed(4)}`,
        );
      };
      await note('clean', { plain: clean, hardened: clean });
      for (const [name, each] of Object.entries(attacked)) await note(name, { plain: each, hardened: each });
      const owned = ownedBy(seed, world.items.length);
      const pushed = {} as Record<keyof Pair, Contents>;
      for (const which of ['plain', 'hardened'] as const) {
        const ways = await liftingDirections(both[which], parts.validation, owned);
        const moved = await sent(eyes, pictures, ways, { ...PUSH, seed }, told(`pushed, ${which}`));
        pushed[which] = await contentsOf(eyes, moved);
      }
      await note('one in twenty is pushed, PGD of 5 steps, 8/255, found against itself', pushed);
      const other = { plain: pushed.hardened, hardened: pushed.plain };
      await note('one in twenty is pushed, PGD of 5 steps, 8/255, found against the other', other);
    }
  }
  return Object.fromEntries(
    Object.entries(worth).map(([by, all]) => {
      const { clean, ...attacks } = Object.fromEntries(Object.entries(all).map(([name, runs]) => [name, paired(runs)]));
      return [by, { clean: clean!, attacks }];
    }),
  );
}

function ownedBy(seed: number, items: number): Set<number> {
  const order = random(seed, 80).shuffle(Int32Array.from({ length: items }, (_, item) => item));
  return new Set(order.subarray(0, Math.ceil(OWNED * items)));
}

/** Features that say nothing. */
function blind(parts: Parts): Parts {
  const without = (part: Dataset): Dataset => ({ ...part, features: new Float32Array(part.features.length) });
  return { train: without(parts.train), validation: without(parts.validation), later: without(parts.later) };
}
