import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { snapshotExamples } from '../../../activities/snapshot/snapshot-examples.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { childEnvironment } from '../../../schemas/settings/config.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { type ImportOptions, importArchive, type Step } from '../../../streams/import/import.ts';
import { portsOf } from '../../activities/ports.ts';
import { testConfig } from '../../job-process.ts';
import { history, OPENED_MS } from '../../sim/history.ts';
import { toProduct } from '../../sim/items.ts';
import { createWorld } from '../../sim/world.ts';

const TEMPER = path.resolve(import.meta.dirname, '../../../cli/temper.mjs');
const world = createWorld({ seed: 7, items: 80, users: 60 });
const LISTS = 600;
const shown = [...history(world, { seed: 7, lists: LISTS, browsing: 0.8, listsPerSecond: 0.2 })];
const events: ShopEvent[] = shown.flatMap(each => each.events).sort((a, b) => a.at_ms - b.at_ms);
const products = world.items.map(item => toProduct(item, OPENED_MS));

let directory: string;
const stores: Store[] = [];
const files = { parquet: '', products: '', gz: '' };

const configFor = (name: string) => testConfig(inject('endpoints'), `temper_import_${name}`);
async function open(name: string): Promise<Store> {
  const { clickhouse, clickhouseDatabase } = configFor(name);
  const store = await openStore(clickhouse!, clickhouseDatabase);
  stores.push(store);
  return store;
}

async function write(name: string, content: string | Buffer): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, content);
  return file;
}

const lines = (records: readonly object[]) => records.map(record => JSON.stringify(record)).join('\n');

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-import-'));
  const store = await open('source');
  await store.command('DROP TABLE IF EXISTS source');
  await store.command(`CREATE TABLE source (id String, type String, at_ms Int64, user String, session String,
    item Nullable(String), list Nullable(String), position Nullable(Int32), value Nullable(Float64))
    ENGINE = MergeTree ORDER BY (at_ms, id)`);
  await store.insert('source', events);
  files.parquet = await write(
    'events.parquet',
    await store.bytes('SELECT * FROM source ORDER BY at_ms, id FORMAT Parquet'),
  );
  files.products = await write('products.ndjson', lines(products));
  files.gz = await write('events.ndjson.gz', gzipSync(lines(events)));
});
afterAll(async () => {
  for (const store of stores) await store.stop();
  await rm(directory, { recursive: true, force: true });
});

const NEVER = new AbortController().signal;
const PURCHASE_MS = 60_000;
function run(store: Store, more: Partial<ImportOptions> = {}) {
  const options = {
    store,
    files: [files.products, files.parquet],
    purchase_ms: PURCHASE_MS,
    signal: NEVER,
    onStep() {},
  };
  return importArchive({ ...options, ...more });
}

/** All that an import made, and how much of it: rows that were written twice count twice, but of examples, whose table keeps one. */
async function made(store: Store) {
  const [row] = await store.query(`SELECT
    toUInt32((SELECT count() FROM events)) AS events, toUInt32((SELECT count() FROM catalogue)) AS products,
    toUInt32((SELECT count() FROM examples FINAL)) AS rows,
    toString((SELECT sum(cityHash64(list, at, position, item, features, history, clicked, carted, purchased, dismissed, version))
     FROM examples FINAL)) AS examples,
    toString((SELECT sum(cityHash64(id, type, at, user, session, item, list, position, value)) FROM events)) AS those`);
  return row;
}

describe('an archive in ClickHouse', () => {
  it('gives the same events and examples as Parquet and as gzipped lines; a second time, none', async () => {
    const [store, other] = [await open('parquet'), await open('lines')];
    const imported = await run(store);
    expect(imported).toMatchObject({
      ...{ events: events.length, products: 80, refused: 0, skipped: 0, done: true },
      examples: { lists: LISTS, parts: 1 },
    });
    expect(imported.examples.rows).toBeGreaterThan(2_000);
    const first = await made(store);
    expect(first).toMatchObject({ events: events.length, rows: imported.examples.rows });
    await run(other, { files: [files.gz, files.products] });
    expect(await made(other)).toEqual(first);
    expect(await run(store)).toEqual(imported);
    expect(await made(store)).toEqual(first);
    // As one that was killed between its rows and the notes on them.
    await store.command('TRUNCATE TABLE imports');
    expect(await run(store)).toMatchObject({ events: events.length, examples: imported.examples });
    expect(await made(store)).toEqual(first);
  });

  it('gives examples that a retraining takes', async () => {
    const config = { ...configFor('parquet'), dataDir: directory };
    const store = stores.at(-2)!;
    const ports = portsOf({ config, store });
    const snapshot = await snapshotExamples(ports, { surface: 'home', until_ms: Date.now() });
    expect(snapshot.lists).toBe(LISTS);
    expect(snapshot.clicks).toBeGreaterThan(40);
  });

  it('gives the same in parts of users and stretches of time, and when it is stopped at every step', async () => {
    const [whole, store] = [await open('whole'), await open('stopped')];
    const small = { usersAtOnce: 30, eventsAtOnce: 2_000 };
    const expected = await run(whole, small);
    expect(expected.examples).toMatchObject({ lists: LISTS, parts: 2 });
    expect(await made(whole)).toEqual(await made(stores.find((_, n) => n === 1)!));
    let stops = 0;
    for (let done = false; !done; stops++) {
      const stopping = new AbortController();
      // As soon as something new is noted; what is only counted again is no step.
      let begun: string | undefined;
      const onStep = (step: Step) => {
        if (step.stage === 'read') return;
        const state = step.stage === 'load' ? `${step.loaded.rows}` : `${step.made.part}/${step.made.until_ms}`;
        begun ??= state;
        if (state !== begun) stopping.abort();
      };
      const imported = await run(store, { ...small, signal: stopping.signal, onStep });
      done = imported.done;
      if (done) expect(imported.examples).toEqual(expected.examples);
    }
    expect(stops).toBeGreaterThan(3);
    expect(await made(store)).toEqual(await made(whole));
  });

  it('gives the same when its process is killed again and again', async () => {
    const [name, store] = ['killed', await open('killed')];
    const args = [TEMPER, 'import', files.parquet, '--catalogue', files.products, '--json'];
    const env = childEnvironment({ ...configFor(name), purchaseWindow_ms: PURCHASE_MS, dataDir: directory });
    const killedAt = async (line: string, after_ms: number) => {
      const child = execa(process.execPath, args, { env, reject: false });
      let told = '';
      child.stderr.on('data', (text: Buffer) => {
        told += text.toString();
      });
      while (!told.includes(line) && child.exitCode === null) await sleep(2);
      await sleep(after_ms);
      child.kill('SIGKILL');
      return (await child).isTerminated;
    };
    const kills = [
      ['events.parquet', 20],
      ['making', 0],
      ['making', 150],
    ] as const;
    let killed = 0;
    for (const [line, after_ms] of kills) killed += Number(await killedAt(line, after_ms));
    expect(killed).toBeGreaterThan(1);
    const { stdout, exitCode } = await execa(process.execPath, args, { env });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ events: events.length, done: true, examples: { lists: LISTS } });
    expect(await made(store)).toEqual(await made(stores[1]!));
  });
});

describe('bad rows', () => {
  it('are counted, told with file and row, and kept as dead letters', async () => {
    const store = await open('bad');
    const good = events.slice(0, 50);
    const file = await write('bad.ndjson', `${lines(good)}\nnonsense\n${lines([{ ...good[0]!, id: 7 }])}\n`);
    const imported = await run(store, { files: [file] });
    expect(imported).toMatchObject({ events: 50, refused: 2, done: true });
    expect(imported.rejections.map(({ row, reason }) => [row, reason])).toEqual([
      [51, 'not_json'],
      [52, 'invalid_field'],
    ]);
    const letters = await store.query(
      'SELECT toUInt32(source_offset) AS offset, reason FROM dead_letters FINAL ORDER BY offset',
    );
    expect(letters).toEqual([
      { offset: 50, reason: 'not_json' },
      { offset: 51, reason: 'invalid_field' },
    ]);
  });

  it('that are most of the first ones stop it before anything is in a table', async () => {
    const store = await open('refused');
    const file = await write('other.csv', `a,b,c\n${'1,2,3\n'.repeat(500)}`);
    await expect(run(store, { files: [file] })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('100 bad rows among the first 100'),
    });
    const counts = await store.query(
      'SELECT toUInt32((SELECT count() FROM events) + (SELECT count() FROM dead_letters)) AS n',
    );
    expect(counts).toEqual([{ n: 0 }]);
  });

  it('an archive without lists gives events, and no examples', async () => {
    const store = await open('clicks');
    const clicks = events.filter(({ type }) => type === 'click');
    const file = await write('clicks.ndjson', lines(clicks));
    expect(await run(store, { files: [file] })).toMatchObject({
      ...{ events: clicks.length, done: true },
      examples: { lists: 0, rows: 0 },
    });
  });
});
