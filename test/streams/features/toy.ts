import { type Aggregated, count, halfLife } from '../../../models/features/aggregates/declarations.ts';
import { apply, type Cells, compile, noCells } from '../../../models/features/aggregates/reducer.ts';
import { EVENT_TYPES, type ShopEvent } from '../../../schemas/topics/events.ts';
import { HAS } from '../../../streams/features/log/delta.ts';
import type { Entity } from '../../../streams/features/log/entities.ts';

/** A user or an item of a small shop: cells, and of users the ids that were seen and the items that were listed. */
export interface Toy extends Cells {
  seen: number[];
  listed: string[];
}

const declared = (of: 'user' | 'item'): Aggregated[] =>
  [
    { name: `${of}.clicks`, events: ['click' as const], aggregate: halfLife('1d') },
    { name: `${of}.paid`, events: ['purchase' as const], aggregate: halfLife('7d', 'value') },
    { name: `${of}.shown`, events: ['impression' as const], aggregate: count('1h', '5m') },
  ].map(each => ({ ...each, of, describes: '', default: 0 }));

const SEEN = 8;

/** @param lacking what is not declared yet: the end of a name */
function toys(of: 'user' | 'item', carried: Partial<Entity<Toy>['carried']>, lacking?: string): Entity<Toy> {
  const reducer = compile(
    of,
    declared(of).filter(({ name }) => name !== `${of}.${lacking}`),
  );
  return {
    ofUsers: of === 'user',
    carried: {
      ...(Object.fromEntries(EVENT_TYPES.map(type => [type, 0])) as Record<ShopEvent['type'], number>),
      ...carried,
    },
    format: {
      reducer,
      write(out, { seen, listed }) {
        out.whole(seen.length);
        for (const id of seen) out.float(id);
        out.whole(listed.length);
        for (const item of listed) out.text(item);
      },
      read(bytes, cells, names) {
        const seen = Array.from({ length: bytes.whole() }, () => bytes.float());
        const listed = Array.from({ length: bytes.whole() }, () => names.of(bytes.text()));
        return { ...cells, seen, listed };
      },
    },
    empty: () => ({ ...noCells(reducer), seen: [], listed: [] }),
    reduce(state, { id, fact, recent }) {
      if (of === 'user') {
        if (state.seen.includes(id)) return 'duplicate';
        state.seen.push(id);
        if (state.seen.length > SEEN) state.seen.shift();
        if (recent !== undefined) state.listed.push(recent);
      }
      return apply(reducer, state, fact);
    },
  };
}

export const USER_TOYS = toys('user', { purchase: HAS.value });
export const ITEM_TOYS = toys('item', { purchase: HAS.value });
/** Before `paid` was declared: records do not carry what it reads. */
export const EARLIER_USER_TOYS = toys('user', {}, 'paid');
export const EARLIER_ITEM_TOYS = toys('item', {}, 'paid');
