import { bots } from '../../../models/attack/fraud/bots.ts';
import { clickFarm } from '../../../models/attack/fraud/farm.ts';
import { random } from '../../../models/random.ts';
import { type Dataset, listsOf, splitByTime, withLists } from '../../../models/ranker/dataset/dataset.ts';
import type { Circle } from '../../../test/sim/circles.ts';
import { history, OPENED_MS, type Shown } from '../../../test/sim/history.ts';
import type { World } from '../../../test/sim/world.ts';
import { examplesOf } from '../../modalities/examples.ts';
import { ShopState } from '../../modalities/shop-state.ts';
import { FAKE, fakeVisits, merged } from './fake-visits.ts';

/** A log cut by time: to learn from, to stop by, and to judge by. */
export interface Parts {
  readonly train: Dataset;
  readonly validation: Dataset;
  /** Of real users alone. */
  readonly later: Dataset;
}

export interface RealLog {
  readonly world: World;
  readonly seed: number;
  readonly shown: readonly Shown[];
  readonly from_ms: number;
  /** When the part begins that is judged by. */
  readonly later_ms: number;
  readonly until_ms: number;
}

const SHARES = [0.65, 0.1] as const;
const LISTS_PER_SECOND = 60;
const BROWSING = 0.7;

export function realLog(
  world: World,
  { circles, ...of }: { seed: number; lists: number; circles?: ReadonlyMap<string, Circle> },
): RealLog {
  const { seed, lists } = of;
  const told = circles ? { circles } : {};
  const shown = [...history(world, { ...of, ...told, browsing: BROWSING, listsPerSecond: LISTS_PER_SECOND })];
  const at = (place: number) => shown[place]!.list.at_ms;
  const later_ms = at(Math.round(lists * (SHARES[0] + SHARES[1])));
  return { world, seed, shown, from_ms: at(0), later_ms, until_ms: at(shown.length - 1) };
}

/**
 * Examples with the features that the jobs' own reducers made of the events of all who were there.
 *
 * @param contents of the items, where the ranker sees any
 */
export function partsOf(
  { world, shown, later_ms }: RealLog,
  fake: readonly Shown[] = [],
  contents: Dataset['contents'] = {},
): Parts {
  const state = new ShopState(world.items, OPENED_MS);
  const whole = merged(shown, fake);
  const isEarly = ({ list }: Shown) => list.at_ms < later_ms;
  const learned = { ...examplesOf(whole.filter(isEarly), world.items, state), contents };
  const after = whole.filter(visit => !isEarly(visit));
  const later = { ...examplesOf(after, world.items, state), contents };
  const [train, validation] = splitByTime(learned, SHARES) as [Dataset, Dataset];
  const isReal = (row: number) => !after[later.list[row]!]!.list.user.startsWith(FAKE);
  return {
    train,
    validation,
    later: withLists(
      later,
      [...listsOf(later)].filter(([start]) => isReal(start)),
    ),
  };
}

/** Accounts, what each does, and the items that they are after. */
export interface Budget {
  readonly accounts: number;
  readonly events: number;
  readonly items: number;
}

export const FRAUDS = ['farm', 'dilution', 'bots'] as const;
type Fraud = (typeof FRAUDS)[number];

/**
 * What accounts without people do in the shop: a farm clicks the items of one who pays for it, competitors look at what
 * is clicked the most and click nothing, bots click anything.
 *
 * @param early whether it happens in the part that is learned from, or else in that which is judged by
 */
export function fraudIn(
  log: RealLog,
  kind: Fraud,
  { accounts: users, events: length, items: many }: Budget,
  early: boolean,
) {
  const { world, seed, from_ms, later_ms, until_ms } = log;
  const items = world.items.length;
  const drawn = [...random(seed, 78).shuffle(Int32Array.from(world.items.keys())).subarray(0, many)];
  const fake = {
    farm: () => clickFarm(new Float32Array(items).fill(1), { users, length, targets: drawn, seed }),
    dilution: () =>
      clickFarm(new Float32Array(items).fill(1), { users, length, targets: mostClicked(log, many), seed }),
    bots: () => bots({ users, length, items, seed }),
  }[kind]();
  const when = early ? { from_ms, until_ms: later_ms } : { from_ms: later_ms, until_ms };
  return fakeVisits({ fake, items: world.items, ...when, seed, clicks: kind !== 'dilution' });
}

/** Before the later part. */
function mostClicked({ world, shown, later_ms }: RealLog, many: number): number[] {
  const places = new Map(world.items.map(({ item }, place) => [item, place]));
  const clicks = new Float32Array(world.items.length);
  for (const event of shown.flatMap(({ events }) => events)) {
    if (event.type === 'click' && event.at_ms < later_ms) clicks[places.get(event.item)!]!++;
  }
  return [...clicks.keys()].sort((a, b) => clicks[b]! - clicks[a]!).slice(0, many);
}
