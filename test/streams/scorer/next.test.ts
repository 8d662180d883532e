import { describe, expect, it } from 'vitest';
import { createLog } from '../../../schemas/log.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import type { EventType } from '../../../schemas/topics/events.ts';
import type { RankRequest } from '../../../schemas/topics/ranking.ts';
import { Report } from '../../../streams/report.ts';
import { answer } from '../../../streams/scorer/answer.ts';
import { Champion, type Ranker } from '../../../streams/scorer/champion/champion.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { Deltas } from '../../sim/deltas.ts';
import { promotionOf } from './scorer-room.ts';

const T0 = 1_700_000_000_000;
const ITEMS = Array.from({ length: 600 }, (_, n) => `i${n}`);
const SETTINGS = { exploration: 0, control: 0, policies: DEFAULT_POLICIES };
const REQUEST: RankRequest = { v: 1, id: 'r', at_ms: T0, user: 'u', session: 's', surface: 'home', count: 5 };

/** A shop with a user who did this, oldest first. */
function shopWith(...deeds: (readonly [EventType, item: string])[]): Memory {
  const memory = new Memory();
  const take = (topic: string, key: string, value: string) =>
    memory.apply(topic, 0, { key, value: Buffer.from(value), offset: 0, timestamp_ms: T0 });
  for (const item of ITEMS) {
    take('shop.catalogue', item, JSON.stringify({ v: 1, item, at_ms: T0, title: item, category: 'c' }));
  }
  const did = deeds.map(([type, item], n) => {
    return { v: 1, id: `e${n}`, type: type as 'click', at_ms: T0 + n, user: 'u', session: 's', item } as const;
  });
  for (const [topic, record] of new Deltas().of(did, T0)) memory.apply(topic, 0, record);
  return memory;
}

/** A champion that expects these items, and scores them above others. */
async function expecting(next: NonNullable<Ranker['next']>) {
  const report = new Report('scorer', 'test');
  const ranker: Ranker = {
    id: 'm',
    provider: 'cpu',
    score: async ({ items }) => Float32Array.from(items, item => Number(item.slice(1))),
    next,
    release: async () => {},
  };
  const champion = new Champion(async () => ranker, report, createLog('test', 'silent'));
  await champion.take(promotionOf('m', '0'.repeat(64)));
  return { champion, report };
}

describe('a champion that expects next items', () => {
  it('has them among the candidates, as far as they are there, and the list says who proposed them', async () => {
    const asked: (readonly string[])[] = [];
    const { champion } = await expecting(async history => {
      asked.push(history);
      return ['gone', 'i597', 'i599'];
    });
    const list = await answer(REQUEST, shopWith(['click', 'i3'], ['cart', 'i4']), champion, SETTINGS, 0);
    expect(asked).toEqual([['i4', 'i3']]);
    expect(list.items.slice(0, 2)).toMatchObject([
      { item: 'i599', reason: 'next' },
      { item: 'i597', reason: 'next' },
    ]);
  });

  it('is told what the user took, and not what he dismissed or sent back', async () => {
    const asked: (readonly string[])[] = [];
    const { champion } = await expecting(async history => {
      asked.push(history);
      return [];
    });
    const memory = shopWith(['purchase', 'i1'], ['dismiss', 'i2'], ['view', 'i3'], ['return', 'i1']);
    const list = await answer(REQUEST, memory, champion, SETTINGS, 0);
    expect(asked).toEqual([['i3']]);
    expect(list.history).toEqual(['i3']);
  });

  it('is not asked where the request brings its candidates, or for a search', async () => {
    const { champion, report } = await expecting(() => Promise.reject(new Error('it was asked')));
    const memory = shopWith();
    await answer({ ...REQUEST, candidates: ['i1'] }, memory, champion, SETTINGS, 0);
    await answer({ ...REQUEST, surface: 'search', query: 'i5' }, memory, champion, SETTINGS, 0);
    expect(report.snapshot(T0).counts.failed_scores).toBeUndefined();
  });

  it('may fail at that: the list is found by the other lanes, and still ordered by it', async () => {
    const { champion, report } = await expecting(() => Promise.reject(new Error('the session is gone')));
    const list = await answer(REQUEST, shopWith(), champion, SETTINGS, 0);
    expect(list).toMatchObject({ arm: 'champion', model: 'm' });
    expect(list.items).toHaveLength(5);
    expect(report.snapshot(T0).counts.failed_scores).toBe(1);
  });
});
