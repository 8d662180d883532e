import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureKey } from '../../../../models/registry/keys.ts';
import { signRecord } from '../../../../models/registry/signed-record.ts';
import { createLog } from '../../../../schemas/log.ts';
import type { Promotion } from '../../../../schemas/models/models.ts';
import type { Surface } from '../../../../schemas/topics/ranking.ts';
import { Report } from '../../../../streams/report.ts';
import { Posts } from '../../../../streams/scorer/champion/posts.ts';
import { Shadows } from '../../../../streams/scorer/trial/shadows.ts';
import { promotionOf } from '../scorer-room.ts';

let keys: string;
beforeEach(async () => {
  keys = await mkdtemp(path.join(os.tmpdir(), 'temper-posts-'));
  await ensureKey(keys, Date.now());
});
afterEach(() => rm(keys, { recursive: true }));

const promotion = (surface: Surface, model: string, number: number): Promise<Promotion> =>
  signRecord(keys, { ...promotionOf(model, '0'.repeat(64)), surface, number });

it('each surface is served by its own champion once it has one, by that of home until then, and by no other', async () => {
  const report = new Report('scorer', 'test');
  const posts = new Posts({
    ...{ keys, report, log: createLog('test', 'silent') },
    load: async ({ model }) => {
      if (model === 'search-bad') throw new Error('not what was promoted');
      const score = async ({ items }: { items: readonly string[] }) => new Float32Array(items.length);
      return { id: model, provider: 'cpu', score, release: async () => {} };
    },
    shadows: () => new Shadows(async () => {}, report),
  });
  const said = async (surface: Surface, model: string, number: number) => {
    posts.take({ surface, champion: await promotion(surface, model, number) });
    await posts.settled();
  };
  const serving = () => {
    const of = (surface: Surface) => posts.of({ surface }).champion.id;
    return { home: of('home'), search: of('search'), ads: of('ads'), support: of('support') };
  };

  await said('home', 'home-1', 7);
  expect(serving()).toEqual({ home: 'home-1', search: 'home-1', ads: 'home-1', support: 'home-1' });
  await said('search', 'search-1', 1); // numbers are of each surface alone
  expect(serving()).toEqual({ home: 'home-1', search: 'search-1', ads: 'home-1', support: 'home-1' });
  expect(posts.of({ surface: 'search' }).champion.surface).toBe('search');
  // Nobody knows how well these fit the query.
  expect(posts.of({ surface: 'search', candidates: ['a'] }).champion.id).toBe('home-1');
  expect(posts.of({ surface: 'search', shown: [{ item: 'a', position: 0, propensity: null }] }).champion.id).toBe(
    'home-1',
  );
  await said('search', 'search-bad', 2);
  await said('ads', 'ads-1', 1);
  await said('home', 'home-2', 8);
  expect(serving()).toEqual({ home: 'home-2', search: 'search-1', ads: 'home-2', support: 'home-2' });
  posts.take({ surface: 'search', champion: { ...(await promotion('search', 'search-3', 3)), model: 'search-4' } });
  await posts.settled();
  expect(serving()).toMatchObject({ home: 'home-2', search: 'search-1' });
  const { counts, notes } = report.snapshot(0);
  expect(counts).toMatchObject({ swaps: 3, refused_models: 1, refused_records: 1 });
  expect(notes).toMatchObject({ champion: 'home-2', 'champion of search': 'search-1' });
  await posts.stop();
});
