import { factOf } from '../../models/features/aggregates/facts.ts';
import { apply, noCells, REDUCERS } from '../../models/features/aggregates/reducer.ts';
import { applyToUser, changeOf, type LiveItem, type LiveUser, noUser } from '../../models/features/states.ts';
import { isCounted } from '../../schemas/topics/consent.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';

/** Features as they have to be, by the jobs' reducers: without partitions, logs or crashes. */
export class States {
  readonly users = new Map<string, LiveUser>();
  readonly items = new Map<string, LiveItem>();

  /** Takes an accepted event, in the order of its user's log; a copy changes nothing, nor does what its user withholds. */
  take(event: ShopEvent): void {
    if (!isCounted(event)) return;
    const user = this.users.get(event.user) ?? noUser();
    this.users.set(event.user, user);
    const fact = factOf(event);
    const outcome = applyToUser(user, changeOf(event, fact));
    if (outcome === 'duplicate' || outcome === 'too fast' || !('item' in event)) return;
    const item = this.items.get(event.item) ?? noCells(REDUCERS.item);
    this.items.set(event.item, item);
    apply(REDUCERS.item, item, fact);
  }
}
