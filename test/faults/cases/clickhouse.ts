import { execFile } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { caughtIn, only, round, underway, until } from '../moves.ts';
import { insertsInto, offsetsOf } from '../network/requests.ts';
import { lagOf } from '../quiet.ts';
import type { Fault } from '../suite.ts';
import { percentile } from '../traffic.ts';

const CRASHES = { brief: 2, usual: 5 };

export const STORE_CRASH: Fault = {
  number: 8,
  name: 'ClickHouse crash',
  inject: 'kill -9 of ClickHouse in mid-insert, five times; it starts again',
  expect: 'of each batch all rows or none',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, random, brief, progress } = room;
    const { clickhouse } = stack;
    const crashes = brief ? CRASHES.brief : CRASHES.usual;
    const broken: string[] = [];
    const kept: number[] = [];
    for (let crash = 0; crash < crashes; crash++) {
      await underway(room, 100 + random.below(200));
      const caught = await caughtIn(clickhouse.proxy.trap('before', insertsInto('events')), room);
      const batch = caught && offsetsOf(caught.request);
      if (!caught || !batch) {
        broken.push('no insert was seen');
        continue;
      }
      caught.release();
      await sleep(random.below(4));
      clickhouse.proxy.set({ kind: 'refused' }); // until the rows are counted
      clickhouse.proxy.reset();
      await clickhouse.crash();
      await clickhouse.start();
      const store = await stack.direct();
      const [row] = await store.query<{ rows: string }>(
        `SELECT uniqExact(offset) AS rows FROM events
         WHERE topic = 'shop.events' AND partition = {partition:UInt16} AND offset BETWEEN {first:UInt64} AND {last:UInt64}`,
        batch,
      );
      await store.stop();
      const whole = batch.last - batch.first + 1;
      kept.push(Number(row!.rows) / whole);
      progress(`of a batch of ${whole}, ${row!.rows} were there`);
      if (Number(row!.rows) % whole !== 0) broken.push(`${row!.rows} of a batch of ${whole}`);
      clickhouse.proxy.set({ kind: 'clear' });
    }
    await underway(room);
    const whole = kept.filter(share => share === 1).length;
    return { broken, measured: { whole_batches: whole, no_rows: kept.filter(share => share === 0).length } };
  },
};

const FROZEN = { seconds: 60, calm_s: 10 };

export const STORE_FROZEN: Fault = {
  number: 9,
  name: 'ClickHouse frozen',
  inject: 'SIGSTOP of ClickHouse for a minute',
  expect: 'sinks pause, scoring goes on',
  jobs: ['features', 'sinks', 'scorer'],
  traffic: { requests_per_s: 10 },
  async run(room) {
    const { stack, traffic, signal } = room;
    await underway(room);
    const calm_ms = Date.now();
    await sleep(FROZEN.calm_s * 1_000, undefined, { signal });
    const before = traffic.waits_ms(calm_ms);
    const frozen_ms = Date.now();
    stack.clickhouse.freeze();
    await sleep(FROZEN.seconds * 1_000, undefined, { signal });
    const during = traffic.waits_ms(frozen_ms);
    const behind = [...(await lagOf(stack.bus, ['sinks'])).values()].reduce((a, b) => a + b, 0);
    const scoring = [...(await lagOf(stack.bus, ['features', 'scorer'])).values()];
    stack.clickhouse.thaw();
    const expected = traffic.options.requests_per_s * FROZEN.seconds;
    return {
      measured: {
        sinks_behind: behind,
        others_behind: Math.max(...scoring),
        lists_meanwhile: during.length,
        list_p50_before_ms: percentile(before, 0.5),
        list_p50_ms: percentile(during, 0.5),
        list_p99_before_ms: percentile(before, 0.99),
        list_p99_ms: percentile(during, 0.99),
      },
      broken: during.length > expected / 2 ? [] : [`${during.length} lists in place of ${expected}`],
    };
  },
};

const DISK = { ballast_mb: 3_072, full_s: 15, resumes_within_ms: 120_000 };

export const DISK_FULL: Fault = {
  number: 10,
  name: 'disk full',
  inject: "ClickHouse's limit of free disk is met by a ballast of 3 GB, which is removed later",
  expect: 'loud, resumes by itself',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, traffic, signal, progress } = room;
    const { dataDir } = stack.config;
    const { bavail, bsize } = await statfs(dataDir);
    await limitFreeSpace(dataDir, bavail * bsize - (DISK.ballast_mb / 2) * 1024 ** 2);
    await stack.clickhouse.stopProgram();
    await stack.clickhouse.start();
    await underway(room, 500);
    const ballast = path.join(dataDir, 'ballast');
    const sinks = only(room, 'sinks');
    const broken: string[] = [];
    try {
      await promisify(execFile)('fallocate', ['-l', `${DISK.ballast_mb}M`, ballast]);
      const loud = await until(() => sinks.errors().includes('DISK_FULL'), { within_ms: 60_000, signal });
      if (!loud) broken.push('the sinks did not say DISK_FULL');
      await sleep(DISK.full_s * 1_000, undefined, { signal });
    } finally {
      await rm(ballast, { force: true });
    }
    const count = async () => {
      const [row] = await stack.store.query<{ n: string }>('SELECT count() AS n FROM events');
      return Number(row!.n);
    };
    const full = await count();
    progress(`${traffic.acknowledged() - full} events wait`);
    const since_ms = Date.now();
    const within_ms = DISK.resumes_within_ms;
    if (!(await until(async () => (await count()) > full, { within_ms, signal })))
      broken.push('the sinks did not resume');
    const measured = { resumed_s: round((Date.now() - since_ms) / 1_000, 1), waited: traffic.acknowledged() - full };
    return { broken, measured };
  },
};

/** The server keeps so much of the disk free: with less, it takes no row. */
async function limitFreeSpace(dataDir: string, bytes: number): Promise<void> {
  const directory = path.join(dataDir, 'services', 'clickhouse', 'config.d');
  await mkdir(directory, { recursive: true });
  const disk = `<disks><default><keep_free_space_bytes>${Math.round(bytes)}</keep_free_space_bytes></default></disks>`;
  const xml = `<clickhouse><storage_configuration>${disk}</storage_configuration></clickhouse>\n`;
  await writeFile(path.join(directory, 'disk.xml'), xml);
}
