import type { Aggregated } from '../../../models/features/aggregates/declarations.ts';
import { apply, type Cells, noCells, REDUCERS, type Reducer } from '../../../models/features/aggregates/reducer.ts';
import {
  applyToUser,
  type LiveItem,
  type LiveUser,
  noUser,
  type Outcome,
  type UserChange,
} from '../../../models/features/states.ts';
import { EVENT_TYPES, type EventType } from '../../../schemas/topics/events.ts';
import type { RecentEvent, TouchedItem } from '../../../schemas/topics/features.ts';
import { HAS, TYPE_BYTE } from './delta.ts';
import type { StateFormat } from './snapshot.ts';

/** How the states of users, or of items, begin, change and are packed. */
export interface Entity<S extends Cells> {
  ofUsers: boolean;
  /** What a fact carries of its event, by type: bits of HAS. */
  carried: Readonly<Record<EventType, number>>;
  format: StateFormat<S>;
  empty(): S;
  reduce(state: S, change: UserChange): Outcome;
}

export const USERS: Entity<LiveUser> = {
  ofUsers: true,
  // The list of recent events names the session. Impressions, of which there are the most, are not in it.
  carried: carriedFor(REDUCERS.user, type => (type === 'impression' ? 0 : HAS.session)),
  empty: noUser,
  reduce: applyToUser,
  format: {
    reducer: REDUCERS.user,
    write(out, { recent, history, seen }) {
      out.whole(recent.length);
      for (const { type, at_ms, id, session, item } of recent) {
        out.byte(TYPE_BYTE[type]);
        out.whole(at_ms);
        out.float(id);
        out.whole(session);
        out.text(item);
      }
      out.whole(history.length);
      for (const { type, at_ms, item } of history) {
        out.byte(TYPE_BYTE[type]);
        out.whole(at_ms);
        out.text(item);
      }
      out.whole(seen.length);
      for (const id of seen) out.float(id);
    },
    read(bytes, { at_ms, cells, made }, names) {
      const recent: RecentEvent[] = [];
      for (let left = bytes.whole(); left > 0; left--) {
        const [type, at_ms, id, session] = [EVENT_TYPES[bytes.byte()]!, bytes.whole(), bytes.float(), bytes.whole()];
        recent.push({ id, item: names.of(bytes.text()), type, at_ms, session });
      }
      const history: TouchedItem[] = [];
      for (let left = bytes.whole(); left > 0; left--) {
        const [type, at_ms] = [EVENT_TYPES[bytes.byte()]!, bytes.whole()];
        history.push({ item: names.of(bytes.text()), type, at_ms });
      }
      const seen: number[] = [];
      for (let left = bytes.whole(); left > 0; left--) seen.push(bytes.float());
      return { at_ms, cells, made, recent, history, seen };
    },
  },
};

export const ITEMS: Entity<LiveItem> = entityOf(REDUCERS.item, false);

/** States of which all is declared. */
export function entityOf(reducer: Reducer, ofUsers: boolean): Entity<Cells> {
  return {
    ofUsers,
    carried: carriedFor(reducer),
    empty: () => noCells(reducer),
    reduce: (state, { fact }) => apply(reducer, state, fact),
    format: { reducer, write: () => {}, read: (_bytes, cells) => cells },
  };
}

/** What the reducers of each type of event read, and what is read beside. */
function carriedFor(
  { declared }: Pick<Reducer, 'declared'>,
  beside: (type: EventType) => number = () => 0,
): Readonly<Record<EventType, number>> {
  const carried = Object.fromEntries(EVENT_TYPES.map(type => [type, beside(type)])) as Record<EventType, number>;
  for (const each of declared) for (const type of each.events) carried[type] |= readBy(each);
  return carried;
}

function readBy({ aggregate, where = {} }: Aggregated): number {
  let has = 0;
  if ('of' in aggregate) has |= HAS[aggregate.of];
  if ('weight' in aggregate && aggregate.weight === 'value') has |= HAS.value;
  if ('weight' in aggregate && aggregate.weight === 'examination') has |= HAS.position;
  if (aggregate.kind === 'last') has |= HAS.value;
  if (where.position) has |= HAS.position;
  if (where.value) has |= HAS.value;
  return has;
}
