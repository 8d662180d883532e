import { expect, test } from 'vitest';
import { earned, firstItems } from '../../../bench/modalities/audience.ts';
import type { ItemContents } from '../../../bench/modalities/contents.ts';
import { byFusion, without } from '../../../bench/modalities/rankers.ts';
import { shopLog } from '../../../bench/modalities/shop-log.ts';
import { auc } from '../../../models/evaluate/metrics.ts';
import { requireSound } from '../../../models/ranker/dataset/soundness.ts';
import { createWorld } from '../../../test/sim/world.ts';

const world = createWorld({ seed: 1, items: 240, users: 60 });
const cold = new Set(world.items.flatMap((_, place) => (place % 10 === 3 ? [place] : [])));
const contents = contentsByFacet();
const log = shopLog(world, { seed: 1, lists: 1_500, contents, cold });

test('each part is a sound dataset, and later rows come later', () => {
  for (const part of [log.train, log.validation, log.later]) requireSound(part, 'a part');
  expect(log.later.at_ms[0]).toBeGreaterThan(log.validation.at_ms.at(-1)!);
  expect(log.validation.at_ms[0]).toBeGreaterThanOrEqual(log.train.at_ms.at(-1)!);
});

test('cold items are in no earlier list and history, and in later ones; nothing was counted of them before', () => {
  const shown = (part: typeof log.train) => part.item.filter(item => cold.has(item)).length;
  expect([shown(log.train), shown(log.validation)]).toEqual([0, 0]);
  expect(log.train.history.some(item => cold.has(item))).toBe(false);
  expect(shown(log.later)).toBeGreaterThan(100);
  const clicks = log.train.featureNames.indexOf('item.impressions.1d');
  const { features, rows } = log.audience.batch;
  const width = log.train.featureNames.length;
  for (let row = 0; row < rows; row++) {
    if (cold.has(row % world.items.length)) expect(features[row * width + clicks]).toBe(0);
  }
});

test('scores without an order earn what chance earns, and the tastes themselves the most', () => {
  const all = world.items.map((_, place) => place);
  const { appeal, batch } = log.audience;
  const by = (scores: Float32Array) => earned(log.audience, scores, all, 10).reduce((sum, each) => sum + each, 0);
  const chance = by(new Float32Array(batch.rows));
  expect(chance / log.audience.users).toBeCloseTo(appeal.reduce((sum, each) => sum + each, 0) / appeal.length, 6);
  const reversed = Float32Array.from(appeal, each => -each);
  expect(by(Float32Array.from(appeal))).toBeGreaterThan(3 * chance);
  expect(by(reversed)).toBeLessThan(chance);
});

test('the first items are those that earn what is earned, and of tied ones other items for other users', () => {
  const { appeal, batch, users } = log.audience;
  const scores = Float32Array.from(appeal);
  const lists = firstItems(log.audience, scores, 10);
  const all = world.items.map((_, place) => place);
  for (const [user, wanted] of earned(log.audience, scores, all, 10).entries()) {
    const likes = Array.from(lists[user]!, item => appeal[user * world.items.length + item]!);
    expect(likes.reduce((a, b) => a + b, 0) / 10).toBeCloseTo(wanted, 6);
    expect(likes).toEqual(likes.toSorted((a, b) => b - a));
  }
  const tied = firstItems(log.audience, new Float32Array(batch.rows), 10);
  expect(new Set(tied.flatMap(list => [...list])).size).toBeGreaterThan(10 * Math.min(users, 10));
});

test('likeness to what was taken ranks cold items, and does without what is missing', async () => {
  const ranker = await byFusion({ modalities: ['text', 'image', 'video'] })(
    { train: log.train, validation: log.validation },
    1,
  );
  const rows = [...log.later.item.keys()].filter(row => cold.has(log.later.item[row]!));
  const scores = await ranker.score(log.later);
  await ranker.release();
  expect(
    auc(
      Float32Array.from(rows, row => scores[row]!),
      Uint8Array.from(rows, row => log.later.clicked[row]!),
    ),
  ).toBeGreaterThan(0.6);
  expect(Object.keys(without(['image'], log.later).contents)).toEqual(['text', 'video']);
});

/** Vectors that tell a facet and nothing else, in place of encoders. */
function contentsByFacet(): ItemContents {
  const of = (facet: 'occasion' | 'pattern' | 'lining') => {
    const names = [...new Set(world.items.map(item => item[facet]))];
    const rows = world.items.map(item => names.map(name => Number(name === item[facet])));
    const present = new Uint8Array(rows.length).fill(1);
    return { encoder: facet, width: names.length, vectors: Float32Array.from(rows.flat()), present };
  };
  return { text: of('occasion'), image: of('pattern'), video: of('lining') };
}
