import {
  type Group,
  judgeLimits,
  judgeTrial,
  type Scales,
  type Seen,
  type TrialPolicy,
} from '../../models/evaluate/sequential/judge.ts';
import type { Moments } from '../../models/evaluate/sequential/sequence.ts';
import { teamDraft } from '../../models/policy/interleave.ts';
import { type Random, random } from '../../models/random.ts';
import { isCompared, nameOf } from '../../schemas/models/stage-names.ts';
import type { Stage } from '../../schemas/models/trials.ts';
import { Made } from './made.ts';
import { appealsOf, CHAMPION_STRENGTH, order, PLACES } from './orders.ts';
import { add, nothing } from './trials.ts';

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
  outcome: 'promoted' | 'stopped' | 'undecided';
  /** Where it ended. */
  stage: string;
  reason: string;
  /** Of all users together. */
  lists: number;
  /** Whoever got a list that the challenger had a part in, and those lists. */
  exposed: { users: number; lists: number };
  /** Clicks that these lists brought beyond those that the champion's own would have, as expected by who knows all appeals. */
  clicks: number;
}

/**
 * A trial as the workflow leads it: a look may stop it or let it climb; a stage whose time is over climbs too, but for the
 * last one that compares, whose last look has to show that the challenger is no worse.
 */
export function stagedTrial({ stages, every, ...of }: StagedTrial, policy: TrialPolicy): StagedEnd {
  const shop = openShop(of);
  const compared = stages.filter(({ stage }) => isCompared(stage));
  const ended = (outcome: StagedEnd['outcome'], stage: Stage, reason: string): StagedEnd => {
    const { users, lists, clicks } = shop.exposed;
    const exposed = { users: users.size, lists };
    return { outcome, stage: nameOf(stage), reason, lists: shop.lists, exposed, clicks };
  };
  for (const planned of stages) {
    const { stage, lists } = planned;
    let scales: Scales | null = null;
    let [decision, reason, ending] = ['continue', '', { passes: true, reason: '' }];
    runStage(shop, stage, { lists, every }, seen => {
      const look = isCompared(stage)
        ? judgeTrial(seen, policy, compared.length, scales)
        : judgeLimits(seen, policy, '');
      ({ scales, decision, reason, ending } = look);
      return decision !== 'continue';
    });
    if (decision === 'stop') return ended('stopped', stage, reason);
    const isOver = decision === 'continue' && planned === compared.at(-1);
    if (isOver && !ending.passes) return ended('undecided', stage, ending.reason);
  }
  return ended('promoted', stages.at(-1)!.stage, '');
}

export interface Shop {
  dice: Random;
  /** For what the lists' clicks do not hang on. */
  aside: Random;
  strength: number;
  rates: Float64Array;
  /** Of each user where his hash lies in [0, 1): he has the challenger at each share above that. */
  places: Float64Array;
  lists: number;
  exposed: { users: Set<number>; lists: number; clicks: number };
  /** How the champion has made its lists so far. */
  before: Made;
}

/** Users whose own click rates differ by their squares; see `simulateTrial`. */
export function openShop({ seed, users, strength }: Pick<StagedTrial, 'seed' | 'users' | 'strength'>): Shop {
  const [dice, aside] = [random(seed, 13), random(seed, 14)];
  const rates = Float64Array.from({ length: users }, () => 0.1 + 0.9 * dice.uniform() ** 2);
  const places = Float64Array.from({ length: users }, () => dice.uniform());
  const exposed = { users: new Set<number>(), lists: 0, clicks: 0 };
  return { dice, aside, strength, rates, places, lists: 0, exposed, before: new Made(aside) };
}

/** Lists of one stage, one after the other; a look that returns true ends it. */
export function runStage(
  shop: Shop,
  stage: Stage,
  { lists, every }: { lists: number; every: number },
  look: (seen: Seen) => boolean,
): void {
  const { dice, aside, rates, places, before } = shop;
  const isBoth = stage.kind === 'interleave';
  const share = stage.kind === 'shadow' ? 0 : stage.share;
  const earned = () => ({ clicks: new Earned(rates.length), value: new Earned(rates.length) });
  const [champion, challenger, credits] = [earned(), earned(), earned()];
  const made = [new Made(aside), new Made(aside)] as const;
  for (let list = 1; list <= lists; list++) {
    shop.lists++;
    const user = Math.min(dice.below(rates.length), dice.below(rates.length)); // some come more often
    const isOwn = places[user]! >= share;
    const items = isOwn ? ofChampion(dice) : exposedTo(shop, user, isBoth);
    const makers = isOwn ? [made[0], before] : [made[1]];
    const [clicks, spent] = [
      [0, 0],
      [0, 0],
    ] as [[number, number], [number, number]];
    for (const { appeal, team } of items) {
      const isClicked = dice.uniform() < chanceOf(rates[user]!, appeal);
      clicks[team] += Number(isClicked);
      if (isClicked && aside.uniform() < BUYS.share) spent[team] += priceOf(aside);
      for (const maker of makers) maker.item(chanceOf(MEAN_RATE, appeal), isClicked);
    }
    for (const maker of makers) maker.list(items.length, isBoth && !isOwn ? 2 : 1);
    for (const [name, [own, other]] of [['clicks', clicks] as const, ['value', spent] as const]) {
      if (!isBoth) (isOwn ? champion : challenger)[name].take(user, own + other);
      else if (!isOwn) {
        // Beside an interleaved stage the others' lists tell nothing of it.
        champion[name].take(user, own);
        challenger[name].take(user, other);
        credits[name].take(user, other - own);
      }
    }
    if (list % every > 0) continue;
    const service = share === 1 && !isBoth ? before.service() : made[0].service();
    const judged = made[1].service();
    const seen: Seen = {
      champion: { ...service, ...momentsOf(champion) },
      challenger: { ...judged, ...(isBoth && { calibration: null, categories: null }), ...momentsOf(challenger) },
      interleaved: isBoth ? momentsOf(credits) : null,
    };
    if (look(seen)) return;
  }
}

/** Of users who come again and again: sums from which the error of a rate follows. */
class Earned {
  readonly moments: Moments = nothing();
  readonly #lists: Float64Array;
  readonly #sums: Float64Array;

  constructor(users: number) {
    this.#lists = new Float64Array(users);
    this.#sums = new Float64Array(users);
  }

  take(user: number, amount: number): void {
    add(this.moments, this.#lists[user]!, this.#sums[user]!, amount);
    this.#lists[user]! += 1;
    this.#sums[user]! += amount;
  }
}

const momentsOf = ({ clicks, value }: Record<'clicks' | 'value', Earned>): Pick<Group, 'clicks' | 'value'> => ({
  clicks: clicks.moments,
  value: value.moments,
});

/** Of clicks, how many are bought, and the deviation of the logarithm of a price, whose mean is 20. */
const BUYS = { share: 0.1, spread: 0.5 };
const priceOf = ({ normal }: Random): number => 20 * Math.exp(BUYS.spread * normal() - BUYS.spread ** 2 / 2);

interface Shown {
  appeal: number;
  /** 1: the challenger's. */
  team: 0 | 1;
}

/** What a model knows of a user's rate. */
const MEAN_RATE = 0.4;
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
