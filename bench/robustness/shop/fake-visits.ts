import type { FakeUsers } from '../../../models/attack/fraud/fraud.ts';
import { random } from '../../../models/random.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import type { Shown } from '../../../test/sim/history.ts';
import type { Item } from '../../../test/sim/items.ts';
import { asList } from '../../../test/sim/lists.ts';
import { toEvent } from '../../../test/sim/shopper.ts';

export interface FakeVisits {
  readonly fake: FakeUsers;
  readonly items: readonly Item[];
  /** When the accounts are at work. */
  readonly from_ms: number;
  readonly until_ms: number;
  readonly seed: number;
  /** What an account does with an item that it takes: no click where it only looks. */
  readonly clicks: boolean;
}

/** Begins the name of every account; real users have another. */
export const FAKE = 'fake-';
const LIST_LENGTH = 10;

/**
 * What fake accounts look like in the shop's log: a list for each item that one takes, with the item somewhere on it, all
 * of it seen, and the item alone clicked.
 */
export function fakeVisits({ fake, items, from_ms, until_ms, seed, clicks }: FakeVisits): Shown[] {
  const draws = random(seed);
  return fake.flatMap((taken, account) =>
    Array.from(taken, (place, turn): Shown => {
      const at_ms = Math.round(from_ms + draws.uniform() * (until_ms - from_ms));
      const position = draws.below(LIST_LENGTH);
      const shown = Array.from({ length: LIST_LENGTH }, () => items[draws.below(items.length)]!);
      shown[position] = items[place]!;
      const user = { user: `${FAKE}${seed}-${account}` };
      const list = asList(shown, user, { id: `${user.user}-${turn}`, session: user.user, arm: 'explore', at_ms });
      const seen = list.items.map((entry): ShopEvent => {
        return toEvent({ type: 'impression', item: entry.item, position: entry.position, after_ms: 0 }, list, at_ms);
      });
      const click = { type: 'click', item: items[place]!.item, position, after_ms: 400 } as const;
      return { list, events: clicks ? [...seen, toEvent(click, list, at_ms + click.after_ms)] : seen };
    }),
  );
}

/** Both logs as one, in the order of time. */
export function merged(real: readonly Shown[], fake: readonly Shown[]): Shown[] {
  return [...real, ...fake].sort((a, b) => a.list.at_ms - b.list.at_ms);
}
