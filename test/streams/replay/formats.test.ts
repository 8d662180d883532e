import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { FormatName } from '../../../streams/replay/formats.ts';
import { outline, sample, stepsOf } from './steps-of.ts';

test('temper: events, products and requests as they stand; a bad line is named and the next one read', async () => {
  const steps = await stepsOf('temper', sample('temper.ndjson'));
  expect(outline(steps)).toEqual([
    'product lamp-1',
    'view by ana',
    'request r1',
    'click by ana',
    'rejected line 6',
    'rejected line 7',
    'rejected line 8',
    'purchase by ana',
  ]);
  expect(steps[4]).toMatchObject({ reason: expect.stringContaining('type'), raw: expect.stringContaining('teleport') });
});

test('yoochoose: by time; a list before each click but the first of a session; an item is a product at first sight', async () => {
  const steps = await stepsOf('yoochoose', sample('yoochoose.tsv'));
  expect(outline(steps)).toEqual([
    'rejected line 5',
    'rejected line 7',
    'product 10',
    'click by s1',
    'click by s2',
    'product 11',
    'visit of s1, click',
    'product 12',
    'visit of s1, click',
    'visit of s2, click',
  ]);
  expect(steps[6]).toMatchObject({
    request: { id: 'yoochoose/s1/2/list', at_ms: 1_400_000_059_999, user: 's1', surface: 'home', count: 20 },
    event: { id: 'yoochoose/s1/2', at_ms: 1_400_000_060_000, item: '11' },
  });
});

test('open-bandit: each row is a list that was shown, with position from 0 and propensity as logged', async () => {
  const steps = await stepsOf('open-bandit', sample('open-bandit/all.csv'));
  expect(outline(steps).map(line => line.replace(/ (by )?open-bandit.*/, ''))).toEqual([
    ...['product 7', 'shown', 'impression'],
    ...['product 4', 'shown', 'impression', 'click'],
    ...['rejected line 4', 'rejected line 5', 'rejected line 6'],
    ...['shown', 'impression'],
    ...['product 9', 'shown', 'impression'],
  ]);
  expect(steps[0]).toMatchObject({
    product: { category: 'shirts', brand: 'acme', attributes: { item_feature_0: '-0.25', item_feature_3: 'x' } },
  });
  const [, first, , , second, , click] = steps;
  if (first?.kind !== 'request' || second?.kind !== 'request' || click?.kind !== 'event')
    throw new Error('other steps');
  expect(first.request.shown).toEqual([{ item: '7', position: 2, propensity: 0.0125 }]);
  expect(first.request.at_ms).toBe(Date.UTC(2020, 0, 2, 10, 0, 0, 250));
  expect(first.request.user).not.toBe(second.request.user);
  expect(click.event).toMatchObject({ item: '4', list: second.request.id, position: 0, user: second.request.user });
  expect(steps[12]).toMatchObject({ product: { item: '9', category: 'unknown' } });
});

test('metarank: rankings are lists that were shown, interactions find their place on them', async () => {
  const steps = await stepsOf('metarank', sample('metarank.ndjson'));
  expect(outline(steps)).toEqual([
    ...['product film-1', 'product film-1', 'skipped line 3'],
    ...['shown rank-1', 'impression by bo', 'impression by bo', 'click by bo', 'purchase by b2'],
    ...['skipped line 7', 'rejected line 8', 'rejected line 9', 'rejected line 10'],
  ]);
  const told = { title: 'The Long Harbour', category: 'drama', price: 7.5, available: false };
  expect(steps[1]).toMatchObject({ product: { ...told, attributes: { tags: 'slow, blue' } } });
  expect(steps[3]).toMatchObject({
    request: {
      shown: [
        { item: 'film-2', position: 0, propensity: null },
        { item: 'film-1', position: 1, propensity: null },
      ],
    },
  });
  expect(steps[6]).toMatchObject({ event: { list: 'rank-1', position: 1, at_ms: 1_700_000_003_000 } });
  expect(steps[7]).toMatchObject({ event: { type: 'purchase', user: 'b2', session: 'b2' } });
  expect(steps[7]).not.toHaveProperty('event.list');
});

test('metarank: an array over several lines, with braces and quotes inside its strings', async () => {
  const steps = await stepsOf('metarank', sample('metarank.json'));
  expect(outline(steps)).toEqual(['product film-1', 'shown rank-1', 'impression by b1', 'click by b1']);
  expect(steps[0]).toMatchObject({ product: { title: 'A {brace} and a "quote" \\' } });
  expect(steps[3]).toMatchObject({ event: { list: 'rank-1', position: 0 } });
});

test('gorse: items beside the feedback; the last of a type, user and item counts; a list before each choice but the first', async () => {
  const steps = await stepsOf('gorse', sample('gorse/feedback.csv'));
  expect(outline(steps)).toEqual([
    ...['rejected line 7', 'product mug', 'product old'],
    ...['purchase by di', 'view by cy', 'product pan', 'rating by cy', 'visit of cy, click'],
  ]);
  expect(steps[1]).toMatchObject({
    product: { title: 'Blue mug', category: 'kitchen', attributes: { labels: '["blue"]' } },
  });
  expect(steps[2]).toMatchObject({ product: { title: 'old', available: false, at_ms: Date.UTC(2024, 1, 1, 9) } });
  expect(steps[7]).toMatchObject({ event: { item: 'mug', at_ms: Date.UTC(2024, 1, 1, 10, 3) } });
});

test('gorse: objects of all three kinds in one file', async () => {
  const steps = await stepsOf('gorse', sample('gorse/feedback.ndjson'));
  expect(outline(steps)).toEqual(['skipped line 2', 'product mug', 'rating by cy', 'visit of cy, purchase']);
});

test.each<[FormatName, string]>([
  ['temper', 'temper.ndjson'],
  ['yoochoose', 'yoochoose.tsv'],
  ['open-bandit', 'open-bandit/all.csv'],
  ['metarank', 'metarank.ndjson'],
  ['gorse', 'gorse/feedback.csv'],
])('%s: a second reading gives the same steps, and no id twice', async (format, file) => {
  const steps = await stepsOf(format, sample(file));
  expect(await stepsOf(format, sample(file))).toEqual(steps);
  const ids = steps.flatMap(step => ('event' in step ? [step.event.id] : []));
  expect(new Set(ids).size).toBe(ids.length);
});

test.each<[FormatName, string]>([
  ['yoochoose', 'open-bandit/all.csv'],
  ['open-bandit', 'yoochoose.tsv'],
  ['metarank', 'temper.ndjson'],
  ['gorse', 'metarank.ndjson'],
  ['temper', 'yoochoose.tsv'],
])('%s: a file of another format is refused before anything of it is published', async (format, file) => {
  await expect(stepsOf(format, sample(file))).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    detail: { where: sample(file), got: expect.stringContaining('line ') },
  });
});

test('a file that is not there is a sentence, for every format', async () => {
  for (const format of ['temper', 'yoochoose', 'open-bandit', 'metarank', 'gorse'] as const) {
    await expect(stepsOf(format, '/nowhere/clicks.csv')).rejects.toThrow(
      /INPUT_INVALID.*\/nowhere\/clicks\.csv.*ENOENT/,
    );
  }
});

test('a line without end does not fill the memory, and the lines behind it are read', async () => {
  const view = (id: string) =>
    JSON.stringify({ v: 1, id, type: 'view', at_ms: 1_700_000_000_000, user: 'u', session: 's', item: 'i' });
  const file = await scratch(`${view('a')}\n${view('b')}\n${'x'.repeat(3_000_000)}\n${view('c')}\n`);
  expect(outline(await stepsOf('temper', file))).toEqual(['view by u', 'view by u', 'rejected line 3', 'view by u']);
});

test('an array that breaks off gives what stands before, and says where it broke', async () => {
  const view = { v: 1, id: 'a', type: 'view', at_ms: 1_700_000_000_000, user: 'u', session: 's', item: 'i' };
  const file = await scratch(`[\n${JSON.stringify(view)},\n{"v":1,"id":"b`);
  const steps = await stepsOf('temper', file);
  expect(outline(steps)).toEqual(['view by u', 'rejected line 3']);
});

test('an empty file is refused', async () => {
  await expect(stepsOf('temper', await scratch('\n\n'))).rejects.toThrow(/INPUT_INVALID.*got nothing/);
});

async function scratch(text: string): Promise<string> {
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'temper-replay-')), 'events.ndjson');
  await writeFile(file, text);
  return file;
}
