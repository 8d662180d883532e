import { type HostileOptions, hostileClicks } from '../../../models/attack/history/hostile.ts';
import { strangeClicks } from '../../../models/attack/history/strangers.ts';
import { underVectorAttack } from '../../../models/attack/history/vectors.ts';
import { hostileTitle } from '../../../models/attack/text/hostile-title.ts';
import { lookAlikes } from '../../../models/attack/text/look-alikes.ts';
import { retold, textOf, withText } from '../../../models/attack/text/retold.ts';
import { attackTexts } from '../../../models/attack/text/sellers.ts';
import { stuffing } from '../../../models/attack/text/stuffing.ts';
import type { TextAttack } from '../../../models/attack/text/text-attack.ts';
import { typos } from '../../../models/attack/text/typos.ts';
import { toDeviations } from '../../../models/controls/blend.ts';
import type { Contents } from '../../../models/controls/contents.ts';
import type { Scorer } from '../../../models/controls/scorer.ts';
import { evenly, type NextItems, ranks } from '../../../models/evaluate/ranks.ts';
import { divided, inParts, overParts } from '../../../models/harden/parts.ts';
import { random } from '../../../models/random.ts';
import { openSequenceRanker } from '../../../models/sequence/ranker.ts';
import { type Worth, worthOf } from '../paired.ts';
import { blendWith, type Served } from './models.ts';

/** What attacks on a trained blend start from. */
export interface Scene {
  readonly moments: NextItems;
  readonly items: number;
  /** Of each item its tokens. */
  readonly described: readonly (readonly string[])[];
  /** [items]: how often each was taken in training. */
  readonly counts: Float32Array;
  /** What another network than those that are judged was made to fail by. */
  readonly transferred: NextItems;
  readonly seed: number;
}

/** Of every attack what the blend is still worth to each user. */
type Judge = (served: Served, scene: Scene) => Promise<Worth>;

const STRANGE_CLICKS = 2;
/** One click on an item of a seller who has one in a hundred. */
const SELLERS_ITEMS = 0.01;
/** Of whose moments so many are enough where much is tried at each, and so many of his items are. */
const TRIED_MOMENTS = 750;
const TRIED = 14;

export function hostileOptions(items: number, seed: number): HostileOptions {
  const shuffled = random(seed, 31).shuffle(Int32Array.from({ length: items }, (_, item) => item));
  return { clicks: 1, tried: 8, among: [...shuffled.subarray(0, Math.ceil(SELLERS_ITEMS * items))] };
}

const NEWEST = 10;
const SELLERS = 0.3;
const STUFFED_WORDS = 5;
const LURES = 50;

export const ATTACKS: Readonly<Record<string, Judge>> = {
  'vectors of the network, FGSM, linf 0.25': byVectors({ norm: 'linf', budget: 0.25, steps: 1, stepSize: 0.25 }),
  'vectors of the network, PGD of 10 steps, linf 0.25': byVectors({ norm: 'linf', budget: 0.25, steps: 10 }),
  'vectors of the network, PGD of 10 steps, l2 2': byVectors({ norm: 'l2', budget: 2, steps: 10 }),
  'two strange clicks': async (served, { moments, items, seed }) =>
    await onMoments(served, strangeClicks(moments, { clicks: STRANGE_CLICKS, items, among: NEWEST, seed })),
  'a hostile click, found against another network': async (served, { transferred }) =>
    await onMoments(served, transferred),
  'a hostile click, found against its own network': async (served, { moments, items, seed }) =>
    await onMoments(served, await hostileClicks(served.victim, moments, hostileOptions(items, seed))),
  'a hostile click, the worst for itself of sixteen': worstClick,
  'titles, typos in half of the words': byTexts(() => typos(0.5), 1),
  'titles, look-alikes in half of the words': byTexts(() => lookAlikes(0.5), 1),
  'titles, three in ten stuffed with five words': byTexts(
    scene => stuffing(frequentWords(scene), STUFFED_WORDS),
    SELLERS,
  ),
  "titles, three in ten with a best seller's before": byTexts(scene => hostileTitle(bestTitles(scene)), SELLERS),
};

/** What a blend is worth where nobody attacks. */
export async function clean(served: Served, { moments }: Scene): Promise<Worth> {
  return await onMoments(served, moments);
}

/** The vectors of each part of a history are moved as far as the budget goes, so that what comes next is found the least. */
function byVectors(attack: Parameters<typeof underVectorAttack>[2]): Judge {
  return async (served, { moments }) => {
    const asked = new Map(moments.histories.map(history => [history, divided(history, served.division)]));
    const known = {
      histories: [...asked.values()].flatMap(each => each.map(({ history }) => history)),
      targets: Int32Array.from(
        moments.histories.flatMap((history, at) => asked.get(history)!.map(() => moments.targets[at]!)),
      ),
    };
    const network = await underVectorAttack(served.victim, known, attack);
    try {
      const attacked = overParts({ scorer: network, scaled: toDeviations }, history => asked.get(history)!);
      return worthOf(await ranksOf(blendWith(served, attacked), moments));
    } finally {
      await network.release();
    }
  };
}

/**
 * The worst of some clicks, each tried on the very blend: what its own network and another one were made to fail by, and
 * some of the attacker's items as they come.
 */
async function worstClick(served: Served, { moments, transferred, items, seed }: Scene): Promise<Worth> {
  const { targets, histories } = evenly(moments, TRIED_MOMENTS);
  const options = hostileOptions(items, seed);
  const { among } = options;
  const draws = random(seed, 33);
  const behind = () => histories.map(history => Int32Array.of(...history, among[draws.below(among.length)]!));
  return await withBlend(served, async scorer => {
    const tried = [
      await hostileClicks(served.victim, { histories, targets }, options),
      evenly(transferred, TRIED_MOMENTS),
      ...Array.from({ length: TRIED }, () => ({ histories: behind(), targets })),
    ];
    const worst = new Float32Array(targets.length);
    for (const each of tried) {
      for (const [at, rank] of (await ranksOf(scorer, each)).entries()) worst[at] = Math.max(worst[at]!, rank);
    }
    return worthOf(worst);
  });
}

function byTexts(attackOf: (scene: Scene) => TextAttack, share: number): Judge {
  return async (served, scene) => {
    const { described, seed, moments } = scene;
    const texts = attackTexts(described.map(textOf), attackOf(scene), { share, seed });
    const { contents } = served.victim.model;
    const others =
      contents &&
      retold(
        contents,
        described.map((own, item) => withText(own, texts[item]!)),
      );
    return await onMoments(served, moments, others);
  };
}

async function onMoments(served: Served, moments: NextItems, contents?: Contents): Promise<Worth> {
  return await withBlend(served, async scorer => worthOf(await ranksOf(scorer, moments)), contents);
}

/** @param contents of the items, where they describe themselves otherwise than in training */
export async function withBlend<T>(
  served: Served,
  use: (scorer: Scorer) => Promise<T>,
  contents: Contents | undefined = served.victim.model.contents,
): Promise<T> {
  const { model, parameters } = served.victim;
  const network = await openSequenceRanker({ ...model, contents }, parameters);
  try {
    return await use(blendWith(served, inParts({ scorer: network, scaled: toDeviations }, served.division), contents));
  } finally {
    await network.release();
  }
}

async function ranksOf(scorer: Scorer, moments: NextItems): Promise<Float32Array> {
  const [found] = await ranks([{ scorer, scaled: () => undefined }], [[1]], moments, {
    withoutHistory: true,
    batch: 64,
  });
  return found!;
}

/** The words that most items have, which a seller would add. */
function frequentWords({ described }: Scene): string[] {
  const counts = new Map<string, number>();
  for (const word of described.flatMap(tokens => textOf(tokens).split(' '))) {
    if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, LURES)
    .map(([word]) => word);
}

function bestTitles({ described, counts }: Scene): string[] {
  const best = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]!).slice(0, LURES);
  return best.map(item => textOf(described[item]!));
}
