import { expect, test } from 'vitest';
import { TemperError } from '../../../schemas/errors.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import type { RankedList } from '../../../schemas/topics/ranking.ts';
import { FORMATS } from '../../../streams/replay/formats.ts';
import { type ReplayOptions, replay } from '../../../streams/replay/replay.ts';
import type { RequestInput, Step } from '../../../streams/replay/step.ts';
import { sample } from './steps-of.ts';

test('yoochoose: the list is answered first, then its impressions and the click are published, on it where it is there', async () => {
  const shop = storefront({ items: ['11', '10'] });
  const done = await replay({ ...options(shop), steps: FORMATS.yoochoose.read(sample('yoochoose.tsv')) });
  expect(done).toMatchObject({ events: 2 + 3 * 3, lists: 3, unanswered: 0, rejected: 2, products: 3 });
  expect(done.rejections[0]).toMatchObject({ where: 'line 5', reason: expect.stringContaining('soon') });
  const lists = shop.log.filter(entry => entry.startsWith('asked'));
  for (const asked of lists) {
    const list = asked.slice('asked '.length);
    const parts = shop.log.filter(entry => entry.includes(list)).map(entry => entry.split(' ')[0]);
    expect(parts.slice(0, 4)).toEqual(['asked', 'answered', 'impression', 'impression']);
  }
  expect(shop.log).toContain('click yoochoose/s1/2 on yoochoose/s1/2/list at 0');
  expect(shop.log).toContain('click yoochoose/s1/3 on nothing');
});

test('open-bandit: what was shown is logged before its impression and its click', async () => {
  const shop = storefront({ items: [] });
  const done = await replay({ ...options(shop), steps: FORMATS['open-bandit'].read(sample('open-bandit/all.csv')) });
  expect(done).toMatchObject({ products: 3, lists: 4, events: 5, rejected: 3 });
  const click = shop.log.find(entry => entry.startsWith('click'))!;
  const list = click.match(/ on (\S+) /)![1]!;
  const order = ['asked', 'answered', 'impression', 'click'].map(word =>
    shop.log.findIndex(entry => entry.startsWith(word) && entry.includes(list)),
  );
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order[0]).toBeGreaterThanOrEqual(0);
});

test('what a user did is acknowledged before his next list is asked for, and users do not wait for each other', async () => {
  const shop = storefront({ items: ['x'], acknowledge_ms: 5 });
  await replay({ ...options(shop), steps: stream([...visitsOf('a', 3), ...visitsOf('b', 3)]) });
  for (const user of ['a', 'b']) {
    const own = shop.log.filter(entry => entry.includes(`${user}-`));
    expect(own.indexOf(`asked ${user}-1/list`)).toBeGreaterThan(own.indexOf(`acknowledged ${user}-0`));
  }
  expect(shop.log.indexOf('asked b-0/list')).toBeLessThan(shop.log.indexOf('asked a-1/list'));
});

test('a step waits while one that is much older in recorded time is under way', async () => {
  const shop = storefront({ items: ['x'], acknowledge_ms: 5 });
  const [early] = visitsOf('a', 1);
  const [late] = visitsOf('b', 1, 3_600_000);
  await replay({ ...options(shop), steps: stream([early!, late!]) });
  expect(shop.log.indexOf('asked b-0/list')).toBeGreaterThan(shop.log.indexOf('acknowledged a-0'));
});

test('a list that does not come is counted, and the click is published without it', async () => {
  const shop = storefront({ items: ['x'], fails: new TemperError('TIMED_OUT') });
  const done = await replay({ ...options(shop), steps: stream(visitsOf('a', 2)) });
  expect(done).toMatchObject({ lists: 0, unanswered: 2, events: 2 });
});

test('any other failure ends the replay with its cause', async () => {
  const shop = storefront({ items: ['x'], fails: new TemperError('UNREACHABLE') });
  await expect(replay({ ...options(shop), steps: stream(visitsOf('a', 2)) })).rejects.toMatchObject({
    code: 'UNREACHABLE',
  });
});

test('a product is acknowledged before a list is asked for', async () => {
  const shop = storefront({ items: ['x'], acknowledge_ms: 5 });
  const product = { v: 1 as const, item: 'x', at_ms: 1, title: 'x', category: 'c' };
  await replay({ ...options(shop), steps: stream([{ kind: 'product', product }, ...visitsOf('a', 1)]) });
  expect(shop.log.slice(0, 3)).toEqual(['product x', 'acknowledged x', 'asked a-0/list']);
});

test('a speed keeps the recorded gaps, divided by it', async () => {
  const waits: number[] = [];
  let now_ms = 0;
  const clock = {
    now_ms: () => now_ms,
    sleep: async (wait_ms: number) => {
      waits.push(wait_ms);
      now_ms += wait_ms;
    },
  };
  const shop = storefront({ items: ['x'] });
  await replay({ ...options(shop), speed: 10, clock, steps: stream(visitsOf('a', 4)) });
  expect(waits).toEqual([0, 100, 100, 100]);
});

test('aborted, it begins nothing more and finishes what was begun', async () => {
  const stop = new AbortController();
  const shop = storefront({ items: ['x'], acknowledge_ms: 5 });
  async function* steps() {
    yield* visitsOf('a', 2);
    stop.abort();
    yield* visitsOf('b', 2);
  }
  const done = await replay({ ...options(shop), signal: stop.signal, steps: steps() });
  expect(done).toMatchObject({ lists: 2, events: 4 });
});

const NOW_MS = 1_700_000_000_000;

function visitsOf(user: string, count: number, from_ms = 0): Step[] {
  return Array.from({ length: count }, (_, n) => {
    const at_ms = NOW_MS + from_ms + n * 1_000;
    const event = { v: 1 as const, id: `${user}-${n}`, type: 'click' as const, at_ms, user, session: user, item: 'x' };
    const request = {
      v: 1 as const,
      id: `${event.id}/list`,
      at_ms: at_ms - 1,
      user,
      session: user,
      surface: 'home' as const,
    };
    return { kind: 'visit', request, event };
  });
}

async function* stream(steps: readonly Step[]): AsyncGenerator<Step> {
  yield* steps;
}

function options({ storefront }: { storefront: ReplayOptions['storefront'] }): Omit<ReplayOptions, 'steps'> {
  return { storefront, speed: 'max', signal: new AbortController().signal };
}

/** Answers every request with the same items, or with what was shown, and logs what happens in its order. */
function storefront({ items, acknowledge_ms = 0, fails }: { items: string[]; acknowledge_ms?: number; fails?: Error }) {
  const log: string[] = [];
  const acknowledged = async (id: string) => {
    await new Promise(resolve => setTimeout(resolve, acknowledge_ms));
    log.push(`acknowledged ${id}`);
  };
  const front: ReplayOptions['storefront'] = {
    publishProduct: product => {
      log.push(`product ${product.item}`);
      return acknowledged(product.item);
    },
    publishEvent: event => {
      log.push(`${event.type} ${event.id} on ${place(event)}`);
      return acknowledged(event.id);
    },
    ask: async request => {
      log.push(`asked ${request.id}`);
      await new Promise(resolve => setTimeout(resolve, 1));
      if (fails) throw fails;
      log.push(`answered ${request.id}`);
      return answer(request, items);
    },
  };
  return { log, storefront: front };
}

function place(event: ShopEvent): string {
  return 'list' in event && 'position' in event ? `${event.list} at ${event.position}` : 'nothing';
}

function answer(request: RequestInput, items: string[]): RankedList {
  const shown = request.shown ?? items.map((item, position) => ({ item, position, propensity: null }));
  return {
    ...{ v: 1, id: request.id, at_ms: request.at_ms, user: request.user, session: request.session },
    ...{ surface: request.surface, model: 'm', arm: 'champion', features_version: 'f', candidates: shown.length },
    ...{ history: [], index: {} },
    items: shown.map(entry => ({ ...entry, score: 0, reason: 'test', features: [] })),
    spent_ms: { queue: 0, candidates: 0, features: 0, score: 0 },
  };
}
