import { expect, test } from 'vitest';
import { TemperError } from '../../schemas/errors.ts';
import type { ProductInput, ShopEvent } from '../../schemas/topics/events.ts';
import { wallClock } from '../../streams/replay/clock.ts';
import { asList } from './lists.ts';
import { openShop, type ShopOptions } from './shop.ts';
import { Tally } from './tally.ts';
import { createWorld, oracleRanking } from './world.ts';

const world = createWorld({ seed: 1, items: 60, users: 30 });

/** Answers with the favourites of whoever asks, except where `fails` says otherwise. */
function counter(fails: (asked: number) => Error | undefined = () => undefined) {
  const published: (ShopEvent | ProductInput)[] = [];
  let asked = 0;
  const storefront: ShopOptions['storefront'] = {
    publishEvent: async event => void published.push(event),
    publishProduct: async product => void published.push(product),
    ask: async request => {
      const failure = fails(asked++);
      if (failure) throw failure;
      const user = world.users.find(one => one.user === request.user)!;
      return asList(oracleRanking(world, user).slice(0, request.count), user, {
        id: request.id,
        session: request.session,
        arm: asked % 4 === 0 ? 'explore' : 'champion',
      });
    },
  };
  return { storefront, published };
}

/** A clock on which a second passes in a millisecond. */
const fast = {
  now_ms: () => 1_700_000_000_000 + (Date.now() - started) * 1_000,
  sleep: (wait_ms: number, signal: AbortSignal) => wallClock.sleep(wait_ms / 1_000, signal),
};
const started = Date.now();

test('the catalogue comes first, then lists at their pace, and every click is on an item that was shown', async () => {
  const { storefront, published } = counter();
  const tally = await openShop({ ...open(storefront), tally: new Tally('before') });
  const events = published.filter(one => 'type' in one);
  const first = published.findIndex(one => 'type' in one);
  expect(published.slice(0, first).length).toBeGreaterThan(40);
  const seen = new Set<string>();
  for (const event of events) {
    if (!('item' in event)) throw new Error('every event of the shop is on an item');
    const place = `${event.list}/${event.position}`;
    if (event.type === 'impression') seen.add(place);
    else expect(seen.has(place), place).toBe(true);
  }
  const totals = tally.snapshot('before');
  expect(totals.lists).toBeGreaterThan(100);
  expect(totals.clicks).toBe(events.filter(event => event.type === 'click').length);
  expect(totals.purchases).toBeGreaterThan(0);
  expect(tally.lines.map(line => line.arm).sort()).toEqual(['champion', 'explore']);
  expect(new Set(events.map(event => event.id)).size).toBe(events.length);
});

test('a list that does not come is counted, and the shop goes on', async () => {
  const { storefront } = counter(asked => (asked < 5 ? new TemperError('TIMED_OUT') : undefined));
  const totals = (await openShop(open(storefront))).snapshot();
  expect(totals.unanswered).toBe(5);
  expect(totals.lists).toBe(totals.asked - 5);
});

test('any other failure closes the shop and is thrown', async () => {
  const { storefront } = counter(asked => (asked === 20 ? new TemperError('UNREACHABLE') : undefined));
  await expect(openShop(open(storefront))).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

function open(storefront: ShopOptions['storefront']) {
  return { storefront, world, seed: 3, listsPerSecond: 5, clock: fast, signal: AbortSignal.timeout(400) };
}
