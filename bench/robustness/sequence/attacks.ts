import { type HostileOptions, hostileClicks } from '../../../models/attack/history/hostile.ts';
import { strangeClicks } from '../../../models/attack/history/strangers.ts';
import { underVectorAttack } from '../../../models/attack/history/vectors.ts';
import type { Victim } from '../../../models/attack/history/victim.ts';
import { hostileTitle } from '../../../models/attack/text/hostile-title.ts';
import { lookAlikes } from '../../../models/attack/text/look-alikes.ts';
import { retold, textOf, withText } from '../../../models/attack/text/retold.ts';
import { attackTexts } from '../../../models/attack/text/sellers.ts';
import { stuffing } from '../../../models/attack/text/stuffing.ts';
import type { TextAttack } from '../../../models/attack/text/text-attack.ts';
import { typos } from '../../../models/attack/text/typos.ts';
import type { Scorer } from '../../../models/controls/scorer.ts';
import { type NextItems, ranks } from '../../../models/evaluate/ranks.ts';
import { random } from '../../../models/random.ts';
import { openSequenceRanker } from '../../../models/sequence/ranker.ts';
import { type Worth, worthOf } from '../paired.ts';

/** What attacks on a trained ranker start from. */
export interface Scene {
  readonly moments: NextItems;
  readonly items: number;
  /** Of each item its tokens. */
  readonly described: readonly (readonly string[])[];
  /** [items]: how often each was taken in training. */
  readonly counts: Float32Array;
  /** What another ranker than those that are judged was made to fail by. */
  readonly transferred: NextItems;
  readonly seed: number;
}

/** Of every attack what the ranker is still worth to each user. */
type Judge = (victim: Victim, scene: Scene) => Promise<Worth>;

const STRANGE_CLICKS = 2;
/** One click on an item of a seller who has one in a hundred. */
const SELLERS_ITEMS = 0.01;

export function hostileOptions(items: number, seed: number): HostileOptions {
  const shuffled = random(seed, 31).shuffle(Int32Array.from({ length: items }, (_, item) => item));
  return { clicks: 1, tried: 8, among: [...shuffled.subarray(0, Math.ceil(SELLERS_ITEMS * items))] };
}

/** The budget in training is another; see `hardening.ts`. */
const NEWEST = 10;
const SELLERS = 0.3;
const STUFFED_WORDS = 5;
const LURES = 50;

export const ATTACKS: Readonly<Record<string, Judge>> = {
  'vectors, FGSM, linf 0.25': byVectors({ norm: 'linf', budget: 0.25, steps: 1, stepSize: 0.25 }),
  'vectors, PGD of 10 steps, linf 0.25': byVectors({ norm: 'linf', budget: 0.25, steps: 10 }),
  'vectors, PGD of 10 steps, linf 0.5': byVectors({ norm: 'linf', budget: 0.5, steps: 10 }),
  'vectors, PGD of 10 steps, l2 2': byVectors({ norm: 'l2', budget: 2, steps: 10 }),
  'two strange clicks': async (victim, { moments, items, seed }) =>
    await onMoments(victim, strangeClicks(moments, { clicks: STRANGE_CLICKS, items, among: NEWEST, seed })),
  'a hostile click, found against another model': async (victim, { transferred }) =>
    await onMoments(victim, transferred),
  'a hostile click, found against itself': async (victim, { moments, items, seed }) =>
    await onMoments(victim, await hostileClicks(victim, moments, hostileOptions(items, seed))),
  'titles, typos in half of the words': byTexts(() => typos(0.5), 1),
  'titles, look-alikes in half of the words': byTexts(() => lookAlikes(0.5), 1),
  'titles, three in ten stuffed with five words': byTexts(
    scene => stuffing(frequentWords(scene), STUFFED_WORDS),
    SELLERS,
  ),
  "titles, three in ten with a best seller's before": byTexts(scene => hostileTitle(bestTitles(scene)), SELLERS),
};

/** What a ranker is worth where nobody attacks. */
export async function clean(victim: Victim, { moments }: Scene): Promise<Worth> {
  return await onMoments(victim, moments);
}

function byVectors(attack: Parameters<typeof underVectorAttack>[2]): Judge {
  return async (victim, { moments }) => {
    const scorer = await underVectorAttack(victim, moments, attack);
    try {
      return await judged(scorer, moments);
    } finally {
      await scorer.release();
    }
  };
}

function byTexts(attackOf: (scene: Scene) => TextAttack, share: number): Judge {
  return async ({ model, parameters }, scene) => {
    const { described, seed, moments } = scene;
    const texts = attackTexts(described.map(textOf), attackOf(scene), { share, seed });
    const contents =
      model.contents &&
      retold(
        model.contents,
        described.map((own, item) => withText(own, texts[item]!)),
      );
    return await onMoments({ model: { ...model, contents }, parameters }, moments);
  };
}

async function onMoments(
  { model, parameters }: Pick<Victim, 'model' | 'parameters'>,
  moments: NextItems,
): Promise<Worth> {
  const scorer = await openSequenceRanker(model, parameters);
  try {
    return await judged(scorer, moments);
  } finally {
    await scorer.release();
  }
}

async function judged(scorer: Scorer, moments: NextItems): Promise<Worth> {
  const [found] = await ranks([{ scorer, scaled: () => undefined }], [[1]], moments, {
    withoutHistory: true,
    batch: 64,
  });
  return worthOf(found!);
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
