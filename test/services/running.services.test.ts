import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../schemas/log.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { type Endpoints, type Running, startServices } from '../../services/index.ts';
import { type Born, runs } from '../../services/process/birth.ts';
import { pidFileOf } from '../../services/process/lock.ts';
import { connect } from '../../streams/kafka/connect.ts';

const dataDir = mkdtempSync(path.join(os.tmpdir(), 'temper-services-'));
const config = { ...readConfig({}), cacheDir: readConfig().cacheDir, dataDir };
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function children(): (Born & { name: string })[] {
  return JSON.parse(readFileSync(pidFileOf(dataDir), 'utf8')).children;
}

/** Runs a statement at ClickHouse as the product's user, and returns the answer's text. */
async function clickhouse(endpoints: Endpoints, statement: string): Promise<string> {
  const { origin, username, password } = new URL(endpoints.clickhouse);
  return post(origin, statement, { authorization: `Basic ${btoa(`${username}:${password}`)}` });
}

async function post(url: string, body: string, headers: Record<string, string>): Promise<string> {
  return (await fetch(url, { method: 'POST', body, headers: { ...headers, connection: 'close' } })).text();
}

async function kafkaRecords(endpoints: Endpoints, send: string[]): Promise<string[]> {
  const bus = connect({ brokers: endpoints.kafka, name: 'test', log: createLog('test', 'warn') });
  const records: string[] = [];
  try {
    await bus.ensureTopics([{ topic: 'kept', partitions: 1, replication: 1, config: {} }]);
    const outbox = await bus.outbox();
    for (const value of send) await outbox.publish('kept', { key: 'k', value });
    await outbox.stop();
    const apply = (_topic: string, _partition: number, record: { value: Buffer | null }) =>
      records.push(String(record.value));
    await (await bus.follow({ topics: ['kept'], once: true, apply })).stop();
  } finally {
    await bus.stop();
  }
  return records;
}

const surface = defineSearchAttributeKey('TemperSurface', 'KEYWORD');

async function temporal<T>(endpoints: Endpoints, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: endpoints.temporal });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

describe('services that are started, stopped and started again', () => {
  let running: Running;
  let processes: Born[];
  beforeAll(async () => {
    running = await startServices(config);
    processes = children();
  });
  afterAll(() => running.stop());

  it('take work at once', async () => {
    const { endpoints } = running;
    expect(await kafkaRecords(endpoints, ['first'])).toEqual(['first']);
    expect(await clickhouse(endpoints, 'CREATE DATABASE temper')).toBe('');
    await clickhouse(endpoints, 'CREATE TABLE temper.kept (n UInt64) ENGINE = MergeTree ORDER BY n');
    expect(await clickhouse(endpoints, 'INSERT INTO temper.kept VALUES (1)')).toBe('');
    await temporal(endpoints, client =>
      client.workflow.start('nobodyRunsThis', {
        workflowId: 'kept',
        taskQueue: 'nobody',
        typedSearchAttributes: new TypedSearchAttributes([{ key: surface, value: 'home' }]),
      }),
    );
    expect((await fetch(`${endpoints.temporalUi}/`)).status).toBe(200);
  });

  it('refuse a second Temper on their directory', async () => {
    await expect(startServices(config)).rejects.toMatchObject({
      code: 'DIRECTORY_IN_USE',
      message: expect.stringContaining(String(process.pid)),
    });
    expect(children().every(runs)).toBe(true);
  });

  it('leave no process behind', async () => {
    expect(processes).toHaveLength(3);
    await running.stop();
    expect(processes.filter(runs)).toEqual([]);
    expect(existsSync(pidFileOf(dataDir))).toBe(false);
  });

  it('have kept everything, at new ports', async () => {
    const before = running.endpoints;
    running = await startServices(config);
    expect(running.endpoints.kafka).not.toEqual(before.kafka);
    expect(await kafkaRecords(running.endpoints, ['second'])).toEqual(['first', 'second']);
    expect(await clickhouse(running.endpoints, 'SELECT n FROM temper.kept')).toBe('1\n');
    const found = await temporal(running.endpoints, async client => {
      const ids: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query: "TemperSurface = 'home'" }))
        ids.push(workflowId);
      return ids;
    });
    expect(found).toEqual(['kept']);
  });

  it('let the user of the product do its work and no more', async () => {
    const { endpoints } = running;
    const refused = [
      'CREATE DATABASE other',
      "SELECT * FROM file('/etc/hostname', LineAsString)",
      "SELECT * FROM url('http://127.0.0.1/', LineAsString)",
      'CREATE USER another',
      'SYSTEM STOP LISTEN HTTP',
    ];
    for (const statement of refused) expect(await clickhouse(endpoints, statement)).toContain('ACCESS_DENIED');
  });

  it("let nobody read a file as ClickHouse's default user", async () => {
    const { origin } = new URL(running.endpoints.clickhouse);
    expect(await post(origin, "SELECT * FROM file('/etc/hostname', LineAsString)", {})).toContain('QUOTA_EXCEEDED');
    expect(await post(origin, 'SYSTEM STOP LISTEN HTTP', {})).toContain('QUOTA_EXCEEDED');
  });

  it('report the death of one, whose acknowledged rows are there at the next start', async () => {
    expect(await clickhouse(running.endpoints, 'INSERT INTO temper.kept VALUES (2)')).toBe('');
    process.kill(children().find(child => child.name === 'clickhouse')!.pid, 'SIGKILL');
    expect((await running.failed).message).toMatch(/clickhouse.*SIGKILL/);
    await running.stop();
    running = await startServices(config);
    expect(await clickhouse(running.endpoints, 'SELECT n FROM temper.kept ORDER BY n')).toBe('1\n2\n');
  });
});

describe('services of a Temper that was killed', () => {
  let running: Running | undefined;
  afterEach(() => running?.stop());

  it('are stopped by the next one, and their data are there', async () => {
    const script = `
      import { startServices } from './services/index.ts';
      const { endpoints } = await startServices(${JSON.stringify(config)});
      console.log(JSON.stringify(endpoints));
      setInterval(() => {}, 1000);`;
    const victim = execa(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: path.resolve(import.meta.dirname, '../..'),
      reject: false,
    });
    const endpoints = await new Promise<Endpoints>(resolve =>
      victim.stdout.once('data', line => resolve(JSON.parse(String(line)))),
    );
    await clickhouse(endpoints, 'CREATE TABLE temper.orphan (n UInt64) ENGINE = MergeTree ORDER BY n');
    expect(await kafkaRecords(endpoints, ['orphan'])).toContain('orphan');
    const orphans = children();
    victim.kill('SIGKILL');
    await victim;
    const left = orphans.filter(runs).map(child => child.name);
    expect(left).toEqual(expect.arrayContaining(['kafka', 'temporal']));

    const lines: string[] = [];
    running = await startServices(config, { progress: line => lines.push(line) });
    expect(lines).toEqual(expect.arrayContaining([expect.stringContaining('kafka: stopping process')]));
    expect(orphans.filter(runs)).toEqual([]);
    expect(await kafkaRecords(running.endpoints, [])).toContain('orphan');
    expect(await clickhouse(running.endpoints, 'EXISTS TABLE temper.orphan')).toBe('1\n');
  });
});

describe('a start', () => {
  it('that is given up leaves nothing running', async () => {
    const giveUp = new AbortController();
    const started = startServices(config, { signal: giveUp.signal });
    setTimeout(() => giveUp.abort(), 700);
    await expect(started).rejects.toMatchObject({ name: 'AbortError' });
    expect(existsSync(pidFileOf(dataDir))).toBe(false);
    const { stdout } = await execa('ps', ['-eo', 'args']);
    expect(stdout.split('\n').filter(line => line.includes(dataDir))).toEqual([]);
  });

  it('starts only what is not configured', async () => {
    const outer = await startServices(config);
    const inner = mkdtempSync(path.join(os.tmpdir(), 'temper-services-'));
    try {
      const { kafka, clickhouse: url } = outer.endpoints;
      const partly = await startServices({ ...config, dataDir: inner, kafka, clickhouse: url });
      expect(partly.endpoints).toMatchObject({ kafka, clickhouse: url });
      expect(partly.endpoints.temporal).not.toBe(outer.endpoints.temporal);
      await partly.stop();
      expect(await clickhouse(outer.endpoints, 'SELECT 1')).toBe('1\n');
      expect((await kafkaRecords(outer.endpoints, [])).length).toBeGreaterThan(0);
    } finally {
      await outer.stop();
      rmSync(inner, { recursive: true, force: true });
    }
  });

  it('says which configured service does not answer', async () => {
    const started = startServices({
      ...config,
      kafka: ['127.0.0.1:1'],
      temporal: '127.0.0.1:1',
      clickhouse: undefined,
    });
    await expect(started).rejects.toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('TEMPER_') });
    expect(existsSync(pidFileOf(dataDir))).toBe(false);
  });
});
