import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../schemas/limits.ts';
import { ShopEvent } from '../../schemas/topics/events.ts';
import type { RankedList } from '../../schemas/topics/ranking.ts';
import { HeldCommits } from '../../streams/outcomes/held-commits.ts';
import { OutcomeJoin } from '../../streams/outcomes/join.ts';
import { PartitionTime } from '../../streams/outcomes/partition-time.ts';

const T0 = 1_700_000_000_000;
const WINDOWS = { label_ms: 10_000, purchase_ms: 60_000 };

function list(id: string, at_ms = T0): RankedList {
  const items = ['a', 'b', 'c'].map((item, position) => ({
    item,
    position,
    score: 0,
    propensity: 1,
    reason: 'popular',
    features: [position],
  }));
  const spent_ms = { queue: 0, candidates: 0, features: 0, score: 0 };
  const names = {
    user: 'u',
    session: 's',
    surface: 'home',
    model: 'm',
    arm: 'champion',
    features_version: 'f',
  } as const;
  return { v: 1, id, at_ms, ...names, candidates: 3, history: ['i0'], index: {}, items, spent_ms };
}

let serial = 0;
function event(
  type: 'impression' | 'click' | 'purchase' | 'dismiss',
  item: string,
  at_ms: number,
  onList?: string,
): ShopEvent {
  const where = onList === undefined ? {} : { list: onList };
  return { v: 1, id: `e${serial++}`, type, at_ms, user: 'u', session: 's', item, position: 0, ...where } as ShopEvent;
}

describe('the join of lists and outcomes', () => {
  it('makes an example when the window is over, of the items that were seen', () => {
    const join = new OutcomeJoin(WINDOWS);
    join.addList(list('l1'));
    join.addEvent(event('impression', 'a', T0 + 1, 'l1'));
    join.addEvent(event('impression', 'b', T0 + 1, 'l1'));
    join.addEvent(event('click', 'b', T0 + 2_000, 'l1'));
    expect(join.due()).toEqual([]);
    join.advanceTo(T0 + 10_000);
    const [example] = join.due();
    expect(example!.items.map(({ item, clicked }) => [item, clicked])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });

  it('gives the same example when events come before their list, twice, or in another order', () => {
    const events = [event('impression', 'a', T0 + 1, 'l1'), event('click', 'a', T0 + 2, 'l1')];
    const run = (feed: (join: OutcomeJoin) => void) => {
      const join = new OutcomeJoin(WINDOWS);
      feed(join);
      join.advanceTo(T0 + WINDOWS.label_ms + 1);
      return join.due();
    };
    const plain = run(join => [join.addList(list('l1')), ...events.map(e => join.addEvent(e))]);
    const early = run(join => [...events.map(e => join.addEvent(e)), join.addList(list('l1'))]);
    const doubled = run(join => {
      for (let twice = 0; twice < 2; twice++) {
        join.addList(list('l1'));
        for (const e of events.toReversed()) join.addEvent(e);
      }
    });
    expect(plain).toHaveLength(1);
    expect(early).toEqual(plain);
    expect(doubled).toEqual(plain);
  });

  it('amends an example when a purchase comes later, with a higher version', () => {
    const join = new OutcomeJoin(WINDOWS);
    join.addList(list('l1'));
    join.addEvent(event('click', 'a', T0 + 1, 'l1'));
    join.advanceTo(T0 + WINDOWS.label_ms + 1);
    const first = join.due();
    join.sent(first);
    expect(join.due()).toEqual([]);
    join.addEvent(event('purchase', 'a', T0 + 30_000)); // it does not know its list
    const [amended] = join.due();
    expect(amended!.items.find(({ item }) => item === 'a')!.purchased).toBe(true);
    expect(amended!.version).toBeGreaterThan(first[0]!.version);
  });

  it('says which items were dismissed', () => {
    const join = new OutcomeJoin(WINDOWS);
    join.addList(list('l1'));
    join.addEvent(event('dismiss', 'b', T0 + 1, 'l1'));
    join.advanceTo(T0 + WINDOWS.label_ms + 1);
    const [example] = join.due();
    expect(example!.items.filter(({ dismissed }) => dismissed).map(({ item }) => item)).toEqual(['b']);
  });

  it('keeps what was due until it is acknowledged', () => {
    const join = new OutcomeJoin(WINDOWS);
    join.addList(list('l1'));
    join.advanceTo(T0 + WINDOWS.label_ms + 1);
    expect(join.due()).toEqual(join.due());
    join.sent(join.due());
    expect(join.due()).toEqual([]);
  });

  it('amends an example that learned more while it was on its way', () => {
    const join = new OutcomeJoin(WINDOWS);
    join.addList(list('l1'));
    join.advanceTo(T0 + WINDOWS.label_ms + 1);
    const onItsWay = join.due();
    join.addEvent(event('click', 'a', T0 + 5_000, 'l1'));
    join.sent(onItsWay);
    expect(join.due().map(({ items }) => items.find(({ item }) => item === 'a')!.clicked)).toEqual([true]);
  });

  it('forgets lists after the longest window', () => {
    const join = new OutcomeJoin(WINDOWS);
    for (let n = 0; n < 100; n++) {
      join.addList(list(`l${n}`, T0 + n * 1_000));
      join.advanceTo(T0 + n * 1_000);
      join.sent(join.due());
    }
    expect(join.openLists).toBeLessThanOrEqual(62);
  });

  it('holds no more lists than it may, also of one user: the oldest is given up', () => {
    const join = new OutcomeJoin(WINDOWS);
    const one = list('l');
    for (let n = 0; n <= LIMITS.open_lists_per_partition; n++) join.addList({ ...one, id: `l${n}` });
    expect(join.openLists).toBe(LIMITS.open_lists_per_partition);
    expect(join.tracesOf('l0')).toBeUndefined();
    expect(join.tracesOf('l1')).toBeDefined();
  });

  it('holds no more events for a list that has not come than it may: the next ones are given up', () => {
    const join = new OutcomeJoin(WINDOWS);
    for (let n = 0; n < LIMITS.early_events_per_list; n++) join.addEvent(event('impression', 'a', T0 + 1, 'l1'));
    join.addEvent(event('click', 'b', T0 + 2, 'l1'));
    join.addList(list('l1'));
    join.advanceTo(T0 + WINDOWS.label_ms);
    const [example] = join.due();
    expect(example!.version).toBe(LIMITS.early_events_per_list);
    expect(example!.items.map(({ item }) => item)).toEqual(['a']);
  });
});

describe('a list of completions', () => {
  it('is not waited for, and becomes no example', () => {
    const join = new OutcomeJoin(WINDOWS);
    join.addList({ ...list('l1'), items: [], search: { suggestions: ['red sofa'] } });
    expect(join.openLists).toBe(0);
    join.advanceTo(T0 + 10_000);
    expect(join.due()).toEqual([]);
  });
});

describe('a list whose user allows no training', () => {
  it('becomes no example, whatever is done on it, and goes when its time is over', () => {
    const join = new OutcomeJoin(WINDOWS);
    join.addList({ ...list('l1'), consent: { personalisation: true, training: false } });
    join.addList({ ...list('l2'), consent: { personalisation: false, training: true } });
    for (const id of ['l1', 'l2']) join.addEvent(event('click', 'a', T0 + 1, id));
    join.advanceTo(T0 + 10_000);
    const due = join.due();
    expect(due.map(example => example.list)).toEqual(['l2']);
    join.sent(due);
    join.addEvent(event('purchase', 'a', T0 + 11_000, 'l1'));
    expect(join.due()).toEqual([]);
    join.advanceTo(T0 + 60_001);
    join.sent([]);
    expect(join.openLists).toBe(0);
  });
});

describe('an event whose user allows no training', () => {
  const withheld = (event: ShopEvent) => ShopEvent.parse({ ...event, consent: { training: false } });
  const two = () => {
    const join = new OutcomeJoin(WINDOWS);
    for (const id of ['l1', 'l2']) join.addList(list(id));
    return join;
  };
  const taught = (join: OutcomeJoin) => join.due().map(example => example.list);

  it('becomes no example, and nor does its list, which without it would tell that nothing was clicked', () => {
    const join = two();
    join.addEvent(withheld(event('click', 'a', T0 + 1, 'l1')));
    join.addEvent(event('click', 'b', T0 + 2, 'l1'));
    join.addEvent(event('click', 'a', T0 + 2, 'l2'));
    join.advanceTo(T0 + 10_000);
    expect(taught(join)).toEqual(['l2']);
    join.sent(join.due());
    join.advanceTo(T0 + 60_001);
    join.sent([]);
    expect(join.openLists).toBe(0);
  });

  it('counts where it came before its list, or names none', () => {
    const join = new OutcomeJoin(WINDOWS);
    join.addEvent(withheld(event('click', 'a', T0 + 1, 'l1')));
    for (const id of ['l1', 'l2']) join.addList(list(id));
    join.addEvent(event('click', 'b', T0 + 2, 'l2'));
    join.addEvent(withheld(event('purchase', 'b', T0 + 3)));
    join.advanceTo(T0 + 10_000);
    expect(taught(join)).toEqual([]);
  });

  it('adds nothing to an example that has been sent', () => {
    const join = two();
    join.advanceTo(T0 + 10_000);
    const sent = join.due();
    join.addEvent(withheld(event('purchase', 'a', T0 + 11_000, 'l1'))); // while it was on its way
    join.sent(sent);
    expect(taught(join)).toEqual([]);
    join.addEvent(event('click', 'a', T0 + 12_000, 'l1'));
    join.addEvent(event('click', 'a', T0 + 12_000, 'l2'));
    expect(taught(join)).toEqual(['l2']);
  });
});

describe('held commits', () => {
  it('commit only what is older than the window', () => {
    const held = new HeldCommits(60_000);
    expect(held.add('rank.lists', { first: 4, next: 10 }, T0)).toBe(4); // where it began
    expect(held.add('rank.lists', { first: 10, next: 20 }, T0 + 50_000)).toBeUndefined();
    expect(held.add('rank.lists', { first: 20, next: 30 }, T0 + 60_001)).toBe(10);
    expect(held.add('rank.lists', { first: 30, next: 40 }, T0 + 200_000)).toBe(30);
    expect(held.add('shop.events', { first: 0, next: 5 }, T0 + 200_000)).toBe(0);
  });

  it('come of age where nothing follows, too', () => {
    const held = new HeldCommits(60_000);
    held.add('rank.lists', { first: 4, next: 10 }, T0);
    expect(held.ripe('rank.lists', T0 + 60_000)).toBeUndefined();
    expect(held.ripe('rank.lists', T0 + 60_001)).toBe(10);
    expect([held.ripe('rank.lists', T0 + 90_000), held.ripe('shop.events', T0 + 90_000)]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("a partition's time", () => {
  const WALL = 1_000_000;
  const start = () => new PartitionTime(['lists', 'events'], WALL);

  it('is as far as the topic that lags', () => {
    const time = start();
    time.saw('lists', T0 + 500_000, WALL);
    expect(time.now_ms(WALL)).toBe(0);
    time.saw('events', T0, WALL);
    expect(time.now_ms(WALL)).toBe(T0);
  });

  it('is not held back by a topic that has nothing to give', () => {
    const time = start();
    time.saw('lists', T0, WALL + 3_000);
    expect(time.now_ms(WALL + 3_000)).toBe(T0);
  });

  it('goes on by the wall when all are quiet, and never back', () => {
    const time = start();
    time.saw('lists', T0, WALL);
    time.saw('events', T0, WALL);
    const later = time.now_ms(WALL + 10_000);
    expect(later).toBe(T0 + 8_000);
    time.saw('events', T0 + 1, WALL + 10_000);
    expect(time.now_ms(WALL + 10_000)).toBe(later);
  });
});
