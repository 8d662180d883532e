import { grain, type Pixels } from '../../../models/attack/images/noise.ts';
import { patched } from '../../../models/attack/images/patch.ts';
import { type Steering, steered } from '../../../models/attack/images/steered.ts';
import { repainted, squaresOf } from '../../../models/images/pixels.ts';
import type { Contents } from '../../../models/ranker/model.ts';
import { SIDE } from '../../../test/sim/media.ts';
import type { Eyes, Pictures } from './eyes.ts';

type Damage = (pixels: Pixels, seed: number) => Pixels;

const grainOf =
  (deviation: number): Damage =>
  (pixels, seed) =>
    grain(pixels, deviation, seed);
const patchOf =
  (share: number): Damage =>
  (pixels, seed) =>
    patched(pixels, { side: SIDE, share }, seed);

/** Damage that needs to know nothing, by its name, to all pictures. */
export const DAMAGES: Readonly<Record<string, Damage>> = {
  'all pictures, grain of 0.1': grainOf(0.1),
  'all pictures, grain of 0.2': grainOf(0.2),
  'all pictures, grain of 0.4': grainOf(0.4),
  'all pictures, a patch of noise on 4 %': patchOf(0.04),
  'all pictures, a patch of noise on 16 %': patchOf(0.16),
};

/** What a hardened ranker learns from, too: chosen by how well vectors tell products apart, without any list. */
export const LEARNED: readonly Damage[] = [grainOf(0.15), patchOf(0.09)];

/** What who has the encoder finds: pictures whose vectors go away from what they were; gradients take time, so of some. */
export const AWAY: Readonly<Record<string, Omit<Steering, 'seed'>>> = {
  'every third picture, PGD of 3 steps, 4/255, found against the encoder': { budget: 4 / 255, steps: 3 },
  'every third picture, a patch on 4 % by PGD of 3 steps, found against the encoder': {
    budget: 1,
    steps: 3,
    share: 0.04,
  },
};
const EVERY = 3;
/** What who has the ranker, too, does to pictures of his own products. */
export const PUSH: Omit<Steering, 'seed'> = { budget: 8 / 255, steps: 5 };

/** @param seed of no two damages the same */
export async function damaged(pictures: Pictures, damage: Damage, seed: number): Promise<Pictures> {
  const paint = (picture: Buffer, item: number) => repainted(picture, SIDE, pixels => damage(pixels, seed + item));
  return await Promise.all(pictures.map((picture, item) => picture && paint(picture, item)));
}

/**
 * Pictures whose vectors are sent along directions, through the encoder's gradients, as files.
 *
 * @param directions by item; pictures of other items stay as they are
 */
export async function sent(
  { graph }: Eyes,
  pictures: Pictures,
  directions: ReadonlyMap<number, Float32Array>,
  steering: Steering,
  onProgress: (done: number) => void,
): Promise<Pictures> {
  const items = [...directions.keys()].filter(item => pictures[item]);
  const squares = await Promise.all(items.map(async item => (await squaresOf(pictures[item]!, graph.side))[0]!));
  const ways = items.map(item => directions.get(item)!);
  const moved = await steered(graph, squares, ways, steering, { onProgress });
  const found = [...pictures];
  for (const [place, item] of items.entries()) {
    found[item] = await repainted(pictures[item]!, graph.side, () => moved[place]!.map(x => (128 * x + 127) / 255));
  }
  return found;
}

/** Of some pictures the way back from where they are. */
export function awayFrom({ vectors, width, present }: Contents): Map<number, Float32Array> {
  const items = [...present.keys()].filter(item => present[item] && item % EVERY === 0);
  return new Map(items.map(item => [item, vectors.slice(item * width, (item + 1) * width).map(each => -each)]));
}
