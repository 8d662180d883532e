import { type Dataset, splitByTime } from '../../models/ranker/dataset/dataset.ts';
import { named, sample } from '../../test/sim/draws.ts';
import { history, OPENED_MS, type Shown } from '../../test/sim/history.ts';
import { appeal, type World } from '../../test/sim/world.ts';
import { type Audience, audienceOf } from './audience.ts';
import type { ItemContents } from './contents.ts';
import { examplesOf } from './examples.ts';
import { ShopState } from './shop-state.ts';

/** What a shop logged, cut by time: to learn from, to stop by, and to judge by. */
export interface ShopLog {
  train: Dataset;
  validation: Dataset;
  /** Lists that were shown afterwards. */
  later: Dataset;
  /** How likely each of their rows was to be clicked, once it was looked at: nobody but the simulation knows. */
  likes: Float32Array;
  /** Users as they were known when the later lists began. */
  audience: Audience;
}

export interface LogOptions {
  seed: number;
  lists: number;
  contents: ItemContents;
  /** Places of items that were in no list before the later ones. */
  cold: ReadonlySet<number>;
}

const BROWSING = 0.7;
const LATER = 0.2;
const VALIDATION = 0.15;
const AUDIENCE = 120;
const LISTS_PER_SECOND = 60;

export function shopLog(world: World, { seed, lists, contents, cold }: LogOptions): ShopLog {
  const earlier = Math.round(lists * (1 - LATER));
  const later_ms = (earlier * 1_000) / LISTS_PER_SECOND;
  const coldItems = new Set([...cold].map(place => world.items[place]!));
  const log = history(world, {
    seed,
    lists,
    browsing: BROWSING,
    listsPerSecond: LISTS_PER_SECOND,
    shelf: (item, after_ms) => (coldItems.has(item) ? after_ms >= later_ms : item.arrives_ms <= after_ms),
  });
  const state = new ShopState(world.items, OPENED_MS);
  const learned = { ...examplesOf(take(log, earlier), world.items, state), contents };
  const users = sample(world.users, AUDIENCE, named(seed, 'audience'));
  const audience = audienceOf(users, world.items, state, { now_ms: OPENED_MS + later_ms, contents });
  const shown = [...log];
  const later = { ...examplesOf(shown, world.items, state), contents };
  const visitors = new Map(world.users.map(user => [user.user, user]));
  const owners = new Map(shown.map(({ list }, number) => [number, visitors.get(list.user)!]));
  const likes = Float32Array.from(later.item, (item, row) => appeal(owners.get(later.list[row]!)!, world.items[item]!));
  const [train, validation] = splitByTime(learned, [1 - VALIDATION, VALIDATION]) as [Dataset, Dataset];
  return { train, validation, later, likes, audience };
}

/** The next ones; the others are left for whoever goes on. */
function* take(log: Iterator<Shown>, count: number): Generator<Shown> {
  for (let taken = 0; taken < count; taken++) {
    const next = log.next();
    if (next.done) return;
    yield next.value;
  }
}
