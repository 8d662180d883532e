import {
  judgeLimits,
  judgeTrial,
  type Scales,
  type Seen,
  type TrialPolicy,
} from '../../models/evaluate/sequential/judge.ts';
import { teamDraft } from '../../models/policy/interleave.ts';
import { type Random, random } from '../../models/random.ts';
import { nameOf } from '../../schemas/models/stage-names.ts';
import type { Stage } from '../../schemas/models/trials.ts';
import { add, groupOf, nothing } from './trials.ts';

/** Of so many candidates a list shows so many. */
const [CANDIDATES, PLACES] = [8, 3];
/** How much of an item's appeal the champion's scores have; the rest of a score is noise. */
export const CHAMPION_STRENGTH = 0.5;
const NOISE = 0.15;

export interface StagedTrial {
  seed: number;
  users: number;
  /** As the champion's, which is 0.5; at 0 the challenger orders at random, below that it is the wrong way round. */
  strength: number;
  /** One after the other, each of so many lists of all users together. */
  stages: readonly { stage: Stage; lists: number }[];
  /** Lists between two looks. */
  every: number;
}

export interface StagedEnd {
  outcome: 'promoted' | 'stopped';
  /** Where it ended. */
  stage: string;
  /** Whether a look showed it, and not the estimate when a stage's time was over. */
  isShown: boolean;
  /** Of all users together. */
  lists: number;
  /** Whoever got a list that the challenger had a part in, and those lists. */
  exposed: { users: number; lists: number };
  /** Clicks that these lists brought beyond those that the champion's own would have, as expected by who knows all appeals. */
  clicks: number;
}

/** A trial as the workflow leads it: a look may stop it or let it climb, and when a stage's time is over the estimate decides. */
export function stagedTrial({ stages, every, ...of }: StagedTrial, policy: TrialPolicy): StagedEnd {
  const shop = openShop(of);
  const judged = Math.max(1, stages.filter(({ stage }) => stage.kind !== 'shadow').length);
  const ended = (outcome: StagedEnd['outcome'], stage: Stage, isShown: boolean): StagedEnd => {
    const { users, lists, clicks } = shop.exposed;
    return { outcome, stage: nameOf(stage), isShown, lists: shop.lists, exposed: { users: users.size, lists }, clicks };
  };
  for (const { stage, lists } of stages) {
    let scales: Scales | null = null;
    let [decision, isBehind] = ['continue', false];
    runStage(shop, stage, { lists, every }, seen => {
      const isWhole = stage.kind === 'shadow' || (stage.kind === 'canary' && stage.share === 1);
      const look = isWhole ? judgeLimits(seen, policy, '') : judgeTrial(seen, policy, judged, scales);
      ({ scales, decision, isBehind } = look);
      return decision !== 'continue';
    });
    if (decision === 'stop') return ended('stopped', stage, true);
    if (decision === 'continue' && isBehind) return ended('stopped', stage, false);
  }
  return ended('promoted', stages.at(-1)!.stage, true);
}

export interface Shop {
  dice: Random;
  strength: number;
  rates: Float64Array;
  /** Of each user where his hash lies in [0, 1): he has the challenger at each share above that. */
  places: Float64Array;
  lists: number;
  exposed: { users: Set<number>; lists: number; clicks: number };
}

/** Users whose own click rates differ by their squares; see `simulateTrial`. */
export function openShop({ seed, users, strength }: Pick<StagedTrial, 'seed' | 'users' | 'strength'>): Shop {
  const dice = random(seed, 13);
  const rates = Float64Array.from({ length: users }, () => 0.1 + 0.9 * dice.uniform() ** 2);
  const places = Float64Array.from({ length: users }, () => dice.uniform());
  return { dice, strength, rates, places, lists: 0, exposed: { users: new Set(), lists: 0, clicks: 0 } };
}

/** Lists of one stage, one after the other; a look that returns true ends it. */
export function runStage(
  shop: Shop,
  stage: Stage,
  { lists, every }: { lists: number; every: number },
  look: (seen: Seen) => boolean,
): void {
  const { dice, rates, places } = shop;
  const users = rates.length;
  const isBoth = stage.kind === 'interleave';
  const share = stage.kind === 'shadow' ? 0 : stage.share;
  // Of each user lists and clicks; of interleaved lists those of the champion's team, and by how many the other's are more.
  const [n, y, ahead] = [new Float64Array(users), new Float64Array(users), new Float64Array(users)];
  const [champion, challenger, credits] = [nothing(), nothing(), nothing()];
  for (let list = 1; list <= lists; list++) {
    shop.lists++;
    const user = Math.min(dice.below(users), dice.below(users)); // some come more often
    const isOwn = places[user]! >= share;
    const items = isOwn ? ofChampion(dice) : exposedTo(shop, user, isBoth);
    const clicks = [0, 0];
    for (const { appeal, team } of items) clicks[team]! += Number(dice.uniform() < chanceOf(rates[user]!, appeal));
    const [own, other] = clicks as [number, number];
    if (isBoth && !isOwn) {
      add(credits, n[user]!, ahead[user]!, other - own);
      ahead[user]! += other - own;
    }
    // Beside an interleaved stage the others' lists tell nothing of it.
    if (!isBoth || !isOwn) add(isBoth || isOwn ? champion : challenger, n[user]!, y[user]!, isBoth ? own : own + other);
    y[user]! += isBoth ? own : own + other;
    n[user]! += 1;
    if (list % every > 0) continue;
    const interleaved = isBoth ? { clicks: credits, value: nothing() } : null;
    if (look({ champion: groupOf(champion), challenger: groupOf(challenger), interleaved })) return;
  }
}

interface Shown {
  appeal: number;
  /** 1: the challenger's. */
  team: 0 | 1;
}

const chanceOf = (rate: number, appeal: number): number => 0.6 * rate * appeal;

/** What a user sees of the challenger, and what that costs him. */
function exposedTo({ dice, strength, exposed, rates }: Shop, user: number, isBoth: boolean): Shown[] {
  const appeals = appealsOf(dice);
  const own = order(appeals, CHAMPION_STRENGTH, dice);
  const other = order(appeals, strength, dice);
  const { order: both, isOfSecond } = isBoth
    ? teamDraft(own, other, `${user}/${exposed.lists}/${dice.uint32()}`)
    : { order: other, isOfSecond: undefined };
  const shown = both
    .slice(0, PLACES)
    .map((item): Shown => ({ appeal: appeals[item]!, team: isOfSecond?.[item] === 0 ? 0 : 1 }));
  exposed.users.add(user);
  exposed.lists += 1;
  for (const { appeal } of shown) exposed.clicks += chanceOf(rates[user]!, appeal);
  for (const item of own.slice(0, PLACES)) exposed.clicks -= chanceOf(rates[user]!, appeals[item]!);
  return shown;
}

function ofChampion(dice: Random): Shown[] {
  const appeals = appealsOf(dice);
  const items = order(appeals, CHAMPION_STRENGTH, dice).slice(0, PLACES);
  return items.map(item => ({ appeal: appeals[item]!, team: 0 }));
}

function appealsOf({ uniform }: Random): Float64Array {
  const appeals = new Float64Array(CANDIDATES);
  for (let item = 0; item < CANDIDATES; item++) appeals[item] = uniform();
  return appeals;
}

/** Best first, by insertion: there are few, and many lists. */
function order(appeals: Float64Array, strength: number, { normal }: Random): number[] {
  const scores = new Float64Array(CANDIDATES);
  const items: number[] = [];
  for (let item = 0; item < CANDIDATES; item++) {
    const score = strength * appeals[item]! + NOISE * normal();
    scores[item] = score;
    let place = item;
    for (; place > 0 && scores[items[place - 1]!]! < score; place--) items[place] = items[place - 1]!;
    items[place] = item;
  }
  return items;
}
