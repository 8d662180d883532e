import { bootstrap, type Interval } from '../../../models/evaluate/bootstrap.ts';
import { hash32 } from '../../../models/hash.ts';
import { type Dataset, listsOf, withLists } from '../../../models/ranker/dataset/dataset.ts';
import { Followed } from '../../../models/retrieval/live/followed.ts';
import { type Circle, circlesOf } from '../../../test/sim/circles.ts';
import { appeal, createWorld, type World } from '../../../test/sim/world.ts';
import { type PairedFigures, paired, type Worth } from '../../robustness/paired.ts';
import { worthOn } from '../../robustness/shop/attacks.ts';
import { partsOf, type RealLog, realLog } from '../../robustness/shop/log.ts';
import { perceptron } from '../../robustness/shop/rankers.ts';

export interface SocialOptions {
  first: number;
  seeds: number;
  lists: number;
  users: number;
}

export interface SocialFigures {
  seeds: number;
  /** NDCG@10 of a perceptron without and with the features, on lists of all users, and of those who follow somebody. */
  all: Figures;
  followers: Figures;
  /** P(click | looked at) of what the lane `people` proposes to those who follow somebody, on the mean, beside as many popular ones. */
  people: LaneFigures;
  minutes: number;
}

interface LaneFigures {
  users: number;
  items: number;
  lane: Interval;
  popular: Interval;
  gain: Interval;
}

interface Figures {
  without: Interval;
  with: Interval;
  gain: Interval;
}

/** What follows and shares tell. */
const SOCIAL = /^(pair\.(followed_|shared$|follows_)|item\.shares)/;

/**
 * What is worth whom users follow in the simulated shop. Each seed draws other visits and other first
 * parameters; both rankers learn from the same lists and are judged by the same.
 */
export async function measureSocial(
  { first, seeds, lists, users }: SocialOptions,
  say: (line: string) => void,
): Promise<SocialFigures> {
  const started = performance.now();
  const world = createWorld({ seed: 1, users });
  const circles = circlesOf(world);
  const runs: Record<'all' | 'followers', { plain: Worth; hardened: Worth }[]> = { all: [], followers: [] };
  const proposed: Proposed[] = [];
  for (let run = 0; run < seeds; run++) {
    const seed = first + run;
    const log = realLog(world, { seed, lists, circles });
    const parts = partsOf(log);
    const blind = { ...parts, train: without(parts.train), validation: without(parts.validation) };
    const [plain, social] = [await perceptron(blind, { seed }), await perceptron(parts, { seed })];
    const { later } = parts;
    const owners = log.shown.filter(({ list }) => list.at_ms >= log.later_ms).map(({ list }) => list.user);
    const ofFollowers = withLists(
      later,
      [...listsOf(later)].filter(([start]) => circles.has(owners[later.list[start]!]!)),
    );
    for (const [name, data] of [
      ['all', later],
      ['followers', ofFollowers],
    ] as const) {
      const [a, b] = [await worthOn(plain, without(data)), await worthOn(social, data)];
      const ofRun = (worth: Worth) => ({ ...worth, users: worth.users.map(user => user + run * USERS) });
      runs[name].push({ plain: ofRun(a), hardened: ofRun(b) });
    }
    proposed.push(...proposals(log, circles));
    say(`seed ${seed}: ${later.rows} rows to judge by`);
  }
  return {
    seeds,
    all: figures(paired(runs.all)),
    followers: figures(paired(runs.followers)),
    people: laneFigures(proposed),
    minutes: (performance.now() - started) / 60_000,
  };
}

/** Of users of different seeds none is the same. */
const USERS = 10_000;

function figures({ plain, hardened, gain }: PairedFigures): Figures {
  return { without: plain, with: hardened, gain };
}

/** The same examples as if nobody followed anybody. */
function without(data: Dataset): Dataset {
  const features = data.features.slice();
  const width = data.featureNames.length;
  for (const [place, name] of data.featureNames.entries()) {
    if (SOCIAL.test(name)) for (let at = place; at < features.length; at += width) features[at] = 0;
  }
  return { ...data, features };
}

/** What one user would have been proposed, and what is popular in its place: appeals on the mean. */
interface Proposed {
  items: number;
  lane: number;
  popular: number;
}

const MOST = 40;

/** Proposals to each follower when the later lists begin. */
function proposals(log: RealLog, circles: ReadonlyMap<string, Circle>): Proposed[] {
  const { world, popular, followed } = knownBy(log, circles);
  return world.users.flatMap(user => {
    const circle = circles.get(user.user);
    if (!circle) return [];
    const some = followed.takenBy(new Set(circle.people.map(hash32))).slice(0, MOST);
    if (some.length === 0) return [];
    const likes = (of: readonly string[]) =>
      of.reduce((sum, item) => sum + appeal(user, world.item(item)!), 0) / of.length;
    return [{ items: some.length, lane: likes(some), popular: likes(popular.slice(0, some.length)) }];
  });
}

function knownBy(
  { world, shown, later_ms }: RealLog,
  circles: ReadonlyMap<string, Circle>,
): { world: World; popular: string[]; followed: Followed } {
  const followed = new Followed();
  for (const { people } of circles.values()) for (const person of people) followed.follow(hash32(person));
  const clicks = new Map<string, number>();
  for (const event of shown.flatMap(({ events }) => events)) {
    if (event.at_ms >= later_ms || (event.type !== 'click' && event.type !== 'purchase')) continue;
    followed.take(hash32(event.user), event.item, event.at_ms);
    if (event.type === 'click') clicks.set(event.item, (clicks.get(event.item) ?? 0) + 1);
  }
  const popular = [...clicks].sort(([, a], [, b]) => b - a).map(([item]) => item);
  return { world, popular, followed };
}

function laneFigures(found: readonly Proposed[]): LaneFigures {
  const interval = (of: (each: Proposed) => number): Interval =>
    bootstrap(found.length, times => found.reduce((sum, each, n) => sum + times[n]! * of(each), 0) / found.length, {
      seed: 1,
    })!;
  return {
    users: found.length,
    items: found.reduce((sum, { items }) => sum + items, 0) / Math.max(1, found.length),
    lane: interval(({ lane }) => lane),
    popular: interval(({ popular }) => popular),
    gain: interval(({ lane, popular }) => lane - popular),
  };
}
