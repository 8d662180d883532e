import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../models/features/history.ts';
import { tasteOf } from '../../../models/features/taste.ts';
import { FEATURES_VERSION, vectorAt } from '../../../models/features/vector.ts';
import { shareOf } from '../../../models/hash.ts';
import { Product, type ShopEvent } from '../../../schemas/topics/events.ts';
import type { Example, RankedList } from '../../../schemas/topics/ranking.ts';
import { ExampleMaker, type MadeExample, type RecordedList } from '../../../streams/import/examples/maker.ts';
import { OutcomeJoin } from '../../../streams/outcomes/join.ts';
import type { Memory } from '../../../streams/scorer/memory/memory.ts';
import { featuresOf } from '../../../streams/scorer/scores.ts';
import type { Candidate } from '../../../streams/surfaces/lane.ts';
import { history, OPENED_MS } from '../../sim/history.ts';
import { toProduct } from '../../sim/items.ts';
import { States } from '../../sim/states.ts';
import { createWorld } from '../../sim/world.ts';

const PURCHASE_MS = 60_000;
const world = createWorld({ seed: 5, items: 60, users: 40 });
const products = new Map(world.items.map(item => [item.item, Product.parse(toProduct(item, OPENED_MS))]));
const shown = [...history(world, { seed: 5, lists: 400, browsing: 0.8, listsPerSecond: 5 })];

type Told = { list: RankedList } | { event: ShopEvent };
const timeOf = (told: Told) => ('list' in told ? told.list.at_ms : told.event.at_ms);
/** In the order of time; of the same moment the list first. Every tenth event is sent twice. */
const told: Told[] = shown
  .flatMap(({ list, events }) => [{ list } as Told, ...events.map(event => ({ event }) as Told)])
  .flatMap((each, n) => ('event' in each && n % 10 === 0 ? [each, each] : [each]))
  .sort((a, b) => timeOf(a) - timeOf(b) || Number('event' in a) - Number('event' in b));

/** What the jobs would have made of it: states, the scorer's vectors, the outcomes job's join; the last version of each. */
function live(): Map<string, Example> {
  const states = new States();
  const join = new OutcomeJoin({ label_ms: 5_000, purchase_ms: PURCHASE_MS });
  const stateOf = <S>(states: ReadonlyMap<string, S>) => ({
    get: (key: string) => (states.has(key) ? { state: states.get(key) } : undefined),
  });
  const memory = { products, users: stateOf(states.users), items: stateOf(states.items) } as unknown as Memory;
  const examples = new Map<string, Example>();
  const collect = () => {
    const due = join.due();
    for (const example of due) examples.set(example.list, example);
    join.sent(due);
  };
  for (const each of told) {
    join.advanceTo(timeOf(each));
    collect();
    if ('event' in each) {
      states.take(each.event);
      join.addEvent(each.event);
      continue;
    }
    const { list } = each;
    const user = states.users.get(list.user);
    const taste = tasteOf(user, item => products.get(item));
    const { v, id, at_ms, session, surface } = list;
    const request = { v, id, at_ms, user: list.user, session, surface, count: 10 };
    const vectors = featuresOf(request, list.items as unknown as Candidate[], taste, memory);
    const items = list.items.map((item, row) => ({ ...item, features: vectorAt(vectors, row) }));
    join.addList({ ...list, features_version: FEATURES_VERSION, history: historyOf(user), items });
  }
  join.advanceTo(Number.POSITIVE_INFINITY);
  collect();
  return examples;
}

function recorded({ items, ...list }: RankedList): RecordedList {
  const places = items.map(({ item, position, propensity }) => ({ item, position, propensity, features: [] }));
  return { ...list, features_version: 'before', query: '', items: places };
}

const WITHHELD = { personalisation: true, training: false };

interface Part {
  isMine?: (user: string) => boolean;
  done_ms?: number;
  /** Lists that may not be learned from. */
  isWithheld?: (list: string) => boolean;
}

function imported({ isMine = () => true, done_ms = 0, isWithheld = () => false }: Part = {}): MadeExample[] {
  const maker = new ExampleMaker({ purchase_ms: PURCHASE_MS, product: item => products.get(item), isMine, done_ms });
  const made: MadeExample[] = [];
  const collect = (now_ms: number) => {
    const due = maker.due(now_ms);
    made.push(...due);
    maker.sent(due);
  };
  for (const [n, each] of told.entries()) {
    if ('event' in each) maker.takeEvent(each.event);
    else maker.takeList({ ...recorded(each.list), ...(isWithheld(each.list.id) && { consent: WITHHELD }) });
    if (n % 500 === 0) collect(timeOf(each));
  }
  collect(Number.POSITIVE_INFINITY);
  return made;
}

/** With the vectors where examples have them. */
function whole({ example, vectors }: MadeExample): Example {
  return { ...example, items: example.items.map((item, row) => ({ ...item, features: vectorAt(vectors, row) })) };
}

const asMap = (made: readonly MadeExample[]) => new Map(made.map(each => [each.example.list, whole(each)]));

describe('what an import makes of an archive', () => {
  const expected = live();

  it('is worth comparing', () => {
    const items = [...expected.values()].flatMap(example => example.items);
    expect(expected.size).toBe(400);
    expect(items.filter(item => item.clicked).length).toBeGreaterThan(100);
    expect(items.filter(item => item.purchased).length).toBeGreaterThan(10);
    expect([...expected.values()].filter(example => example.history.length > 3).length).toBeGreaterThan(50);
  });

  it('are the examples that the live jobs make, vectors, histories, labels and versions', () => {
    expect(asMap(imported())).toEqual(expected);
  });

  it('are the same when the users are gone through in parts, copies told apart in all of them', () => {
    const parts = [0, 1, 2].map(part => imported({ isMine: user => Math.floor(shareOf(user) * 3) === part }));
    expect(parts.every(part => part.length > 50)).toBe(true);
    expect(asMap(parts.flat())).toEqual(expected);
  });

  it('are the same when it goes on from the middle, with the lists that were not done', () => {
    const done_ms = shown[200]!.list.at_ms;
    const rest = asMap(imported({ done_ms }));
    expect(rest).toEqual(new Map([...expected].filter(([, example]) => example.at_ms >= done_ms)));
  });

  it('are none of lists that may not be learned from, and of the others as if nothing were withheld', () => {
    const isWithheld = (list: string) => shareOf(list) < 0.5;
    const rest = new Map([...expected].filter(([list]) => !isWithheld(list)));
    expect(rest.size).toBeLessThan(expected.size);
    expect(asMap(imported({ isWithheld }))).toEqual(rest);
  });

  it("keep an archived list's own vectors where they have today's layout", () => {
    const { list } = shown[0]!;
    const maker = new ExampleMaker({ purchase_ms: 1, product: () => undefined, isMine: () => true, done_ms: 0 });
    const logged = [...expected.values()].find(example => example.history.length > 3)!;
    const places = logged.items.map(({ item, position, propensity, features }) => ({
      item,
      position,
      propensity,
      features,
    }));
    maker.takeList({ ...recorded(list), features_version: FEATURES_VERSION, history: logged.history, items: places });
    const [made] = maker.due(Number.POSITIVE_INFINITY);
    expect(whole(made!)).toMatchObject({
      history: logged.history,
      items: logged.items.map(({ features }) => ({ features })),
    });
  });
});
