import { LIMITS } from '../../schemas/limits.ts';
import type { Claim } from '../../schemas/topics/ads.ts';
import { mayTeach } from '../../schemas/topics/consent.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import type { Example, RankedList } from '../../schemas/topics/ranking.ts';
import { claimOf } from './claims.ts';

export interface Windows {
  /** How long a list waits before it becomes an example. */
  label_ms: number;
  /** How long an example may still be amended; afterwards the list is forgotten. */
  purchase_ms: number;
}

type Outcome = 'seen' | 'clicked' | 'carted' | 'purchased' | 'dismissed';
type ItemEvent = Extract<ShopEvent, { item: string }>;

interface OpenList {
  list: RankedList;
  outcomes: Map<string, Set<Outcome>>;
  /** Ids of the events that were joined: their number is the example's version. */
  joined: Set<string>;
  /** Its user, and who did anything on it, allows that it is learned from. */
  teaches: boolean;
  traces: Traces;
}

/** Where the list and the events that were joined stand in traces, of those that have one. */
export interface Traces {
  list: string | undefined;
  events: string[];
}

const OUTCOMES: Partial<Record<ShopEvent['type'], Outcome>> = {
  impression: 'seen',
  click: 'clicked',
  cart: 'carted',
  purchase: 'purchased',
  dismiss: 'dismissed',
};

/**
 * The open lists of one partition and what their users did, without I/O. Lists and events may come in any order:
 * they travel on two topics.
 */
export class OutcomeJoin {
  readonly #windows: Windows;
  readonly #open = new Map<string, OpenList>();
  readonly #early = new Map<string, { event: ItemEvent; trace: string | undefined }[]>();
  /** In the order in which they came. Of somebody who stands for many, such as all guests of a shop, they are many. */
  readonly #listsOfUser = new Map<string, Set<string>>();
  /** Lists that are not examples yet, in their order; and examples that have changed since they were sent. */
  readonly #waiting = new Set<string>();
  readonly #amended = new Set<string>();
  /** By id, what was claimed and not acknowledged yet. */
  readonly #claims = new Map<string, Claim>();
  #now_ms = 0;

  constructor(windows: Windows) {
    this.#windows = windows;
  }

  get openLists(): number {
    return this.#open.size;
  }

  /** The partition's time goes on; lists whose label window has passed become due. */
  advanceTo(now_ms: number): void {
    this.#now_ms = Math.max(this.#now_ms, now_ms);
  }

  /** On completions nothing is clicked: they take no list's place, and become no example. */
  addList(list: RankedList, trace?: string): void {
    if (list.search?.suggestions) return;
    if (this.#open.has(list.id) || this.#isOver(list.at_ms)) return;
    this.#open.set(list.id, {
      ...{ list, outcomes: new Map(), joined: new Set(), teaches: mayTeach(list) },
      traces: { list: trace, events: [] },
    });
    if (mayTeach(list)) this.#waiting.add(list.id);
    const lists = this.#listsOfUser.get(list.user) ?? new Set();
    this.#listsOfUser.set(list.user, lists.add(list.id));
    for (const { event, trace } of this.#early.get(list.id) ?? []) this.addEvent(event, trace);
    this.#early.delete(list.id);
    if (this.#open.size > LIMITS.open_lists_per_partition) this.#forget(this.#open.keys().next().value!);
  }

  addEvent(event: ShopEvent, trace?: string): void {
    const outcome = OUTCOMES[event.type];
    if (!outcome || !('item' in event)) return;
    const id = event.list ?? this.#lastClicked(event);
    if (id === undefined) return;
    const open = this.#open.get(id);
    if (!open) {
      if (!this.#isOver(event.at_ms)) this.#keepEarly(id, event, trace);
      return;
    }
    if (open.joined.has(event.id)) return;
    open.joined.add(event.id);
    if (trace && open.traces.events.length < LIMITS.traced_events_per_list) open.traces.events.push(trace);
    const outcomes = open.outcomes.get(event.item) ?? new Set();
    const claim = outcomes.has(outcome) ? undefined : claimOf(open.list, event);
    if (claim) this.#claims.set(claim.id, claim);
    open.outcomes.set(event.item, outcomes.add(outcome));
    if (mayTeach(event)) {
      if (open.teaches && !this.#waiting.has(id)) this.#amended.add(id);
    } else this.#withhold(id, open);
  }

  /** The examples that are due: lists whose label window is over, and examples that later events amended. */
  due(): Example[] {
    const ids = new Set(this.#amended);
    for (const id of this.#waiting) {
      if (this.#open.get(id)!.list.at_ms + this.#windows.label_ms > this.#now_ms) break; // lists wait in their order
      ids.add(id);
    }
    return [...ids].map(id => toExample(this.#open.get(id)!));
  }

  tracesOf(list: string): Traces | undefined {
    return this.#open.get(list)?.traces;
  }

  /** What advertisers owe for ads on the lists, once for each and whatever it pays for; until it is acknowledged. */
  claims(): Claim[] {
    return [...this.#claims.values()];
  }

  claimed(claims: readonly Claim[]): void {
    for (const { id } of claims) this.#claims.delete(id);
  }

  /** Takes note that these examples were acknowledged, and forgets the lists that nothing can amend any more. */
  sent(examples: readonly Example[]): void {
    for (const { list, version } of examples) {
      this.#waiting.delete(list);
      if (this.#open.get(list)?.joined.size === version) this.#amended.delete(list);
      else if (this.#open.get(list)?.teaches) this.#amended.add(list); // it learned more while it was on its way
    }
    for (const [id, { list }] of this.#open) {
      if (!this.#isOver(list.at_ms) || this.#waiting.has(id)) break;
      this.#forget(id);
    }
    for (const [id, events] of this.#early) {
      if (!events.every(({ event }) => this.#isOver(event.at_ms))) break;
      this.#early.delete(id);
    }
  }

  /** Without what may not be told the list would tell something else: nothing more is learned from it. */
  #withhold(id: string, open: OpenList): void {
    open.teaches = false;
    this.#waiting.delete(id);
    this.#amended.delete(id);
  }

  /** An event whose list is still on its way waits for it. */
  #keepEarly(id: string, event: ItemEvent, trace: string | undefined): void {
    const events = this.#early.get(id) ?? [];
    if (events.length < LIMITS.early_events_per_list) events.push({ event, trace });
    this.#early.set(id, events);
    if (this.#early.size > LIMITS.open_lists_per_partition) this.#early.delete(this.#early.keys().next().value!);
  }

  #isOver(at_ms: number): boolean {
    return at_ms + this.#windows.purchase_ms < this.#now_ms;
  }

  /** A purchase seldom knows its list: it belongs to the newest one on which its user clicked the item. */
  #lastClicked(event: ItemEvent): string | undefined {
    let last: string | undefined;
    for (const id of this.#listsOfUser.get(event.user) ?? []) {
      if (this.#open.get(id)?.outcomes.get(event.item)?.has('clicked')) last = id;
    }
    return last;
  }

  #forget(id: string): void {
    const user = this.#open.get(id)?.list.user;
    this.#open.delete(id);
    this.#waiting.delete(id);
    this.#amended.delete(id);
    if (user === undefined) return;
    const lists = this.#listsOfUser.get(user);
    lists?.delete(id);
    if (lists?.size === 0) this.#listsOfUser.delete(user);
  }
}

/** One row for each item that was seen. A shop that sends no impressions is taken to have shown the whole list. */
function toExample({ list, outcomes, joined }: OpenList): Example {
  const has = (item: string, outcome: Outcome) => outcomes.get(item)?.has(outcome) ?? false;
  const anySeen = list.items.some(({ item }) => has(item, 'seen'));
  const shown = anySeen ? list.items.filter(({ item }) => outcomes.has(item)) : list.items;
  return {
    v: 1,
    list: list.id,
    at_ms: list.at_ms,
    user: list.user,
    surface: list.surface,
    model: list.model,
    arm: list.arm,
    ...(list.role && { role: list.role }),
    ...(list.experiment && { experiment: list.experiment }),
    features_version: list.features_version,
    version: joined.size,
    history: list.history,
    items: shown.map(({ item, position, propensity, team, features }) => ({
      item,
      position,
      propensity,
      ...(team && { team }),
      features,
      clicked: has(item, 'clicked'),
      carted: has(item, 'carted'),
      purchased: has(item, 'purchased'),
      dismissed: has(item, 'dismissed'),
    })),
  };
}
