import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import type { RankedList, RankRequest } from '../../../schemas/topics/ranking.ts';
import { armOf } from '../../../streams/scorer/policy.ts';
import { openScorerRoom, type ScorerRoom, SHARES } from './scorer-room.ts';

const EACH = 40;
const CATEGORIES = ['lamps', 'shoes', 'books', 'bags', 'kitchen', 'garden'];
const COUNT = 10;

let room: ScorerRoom;
beforeAll(async () => {
  room = await openScorerRoom(inject('endpoints'));
  const products = CATEGORIES.flatMap(category =>
    Array.from({ length: EACH }, (_, n) => ({
      item: nameOf(category, n),
      title: `${category} thing ${n}`,
      category: `${room.run}-${category}`, // other tests have kitchens, too
    })),
  );
  const at_ms = Date.now();
  await Promise.all(products.map(product => room.storefront.publishProduct({ v: 1, at_ms, ...product })));
  await vi.waitUntil(() => products.every(({ item }) => room.mirror.products.has(item)), { timeout: 20_000 });
  // Items by how well their categories fit what the user did last.
  const promotion = await room.register(`${room.run}-taste`, popularityModel(FEATURE_NAMES, 'pair.category'));
  await room.promote(promotion);
  await vi.waitUntil(() => room.report.snapshot(0).notes.champion === promotion.model, { timeout: 20_000 });
}, 120_000);
afterAll(() => room?.clear());

const nameOf = (category: string, n: number) => `${room.run}-${category}-${n}`;

/** A user, and the id of a request, that the champion answers. */
function served(who: string): { user: string; id: string } {
  for (let n = 0; ; n++) {
    const each = { user: `${room.run}-${who}${n}`, id: `${room.run}-${who}-r${n}` };
    if (armOf(each as RankRequest, SHARES) === 'champion') return each;
  }
}

function ask(who: { user: string; id: string }): Promise<RankedList> {
  const request = { v: 1, at_ms: Date.now(), session: 's', surface: 'home', count: COUNT } as const;
  return room.storefront.ask({ ...request, ...who }, 10_000);
}

async function clickThree(user: string, category: string): Promise<void> {
  const clicks = [3, 7, 11].map(n => ({
    id: `${user}/${category}/${n}`,
    item: nameOf(category, n),
    at_ms: Date.now() + n,
  }));
  await Promise.all(
    clicks.map(click => room.storefront.publishEvent({ v: 1, type: 'click', user, session: 's', ...click })),
  );
}

const itemsOf = (list: RankedList) => list.items.map(({ item }) => item);
const share = (list: RankedList, category: string) =>
  itemsOf(list).filter(item => item.includes(`-${category}-`)).length;

it('a user who clicks three garden tools sees the next list change; a list of another user does not', async () => {
  const [gardener, cook] = [served('gardener'), served('cook')];
  const afterThree = async (who: typeof cook, category: string) => {
    await clickThree(who.user, category);
    return vi.waitUntil(
      async () => {
        const list = await ask(who);
        return list.history.length === 3 && list;
      },
      { timeout: 10_000 },
    );
  };
  const cooks = await afterThree(cook, 'kitchen');
  expect(share(cooks, 'kitchen')).toBe(COUNT);
  const before = await ask(gardener);
  expect(before).toMatchObject({ arm: 'champion', history: [] });
  expect(share(before, 'garden')).toBeLessThan(COUNT);

  const after = await afterThree(gardener, 'garden');
  expect(share(after, 'garden')).toBe(COUNT);
  expect(after.history.toSorted()).toEqual([11, 3, 7].map(n => nameOf('garden', n)).sort());
  // Most of them he has not seen: they were found for the category that he likes.
  expect(after.items.map(({ reason }) => reason)).toContain('category');

  expect(itemsOf(await ask(cook))).toEqual(itemsOf(cooks));
}, 60_000);

it('a search finds words, and one without a query goes to the dead letters', async () => {
  const who = served('searcher');
  const request = { v: 1, at_ms: Date.now(), session: 's', surface: 'search', count: 5 } as const;
  const list = await room.storefront.ask({ ...request, ...who, query: 'garden thing 7' }, 10_000);
  expect(list).toMatchObject({ model: 'relevance', arm: 'champion' });
  expect(list.candidates).toBeGreaterThan(EACH);
  expect(list.items[0]!.item).toBe(nameOf('garden', 7));
  expect(list.items.every(({ reason }) => reason === 'words')).toBe(true);
  const refused = room.report.snapshot(0).counts.dead_letters ?? 0;
  const asked = room.storefront.ask({ ...request, ...who, id: `${who.id}-none` }, 3_000);
  await expect(asked).rejects.toThrow();
  expect(room.report.snapshot(0).counts.dead_letters).toBe(refused + 1);
}, 30_000);
