import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createLog } from '../../schemas/log.ts';
import { type Config, childEnvironment } from '../../schemas/settings/config.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { TEMPER, testConfig } from '../job-process.ts';
import { panels } from './panels.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const RULES = path.join(ROOT, 'observability/alerts.yaml');
/** Two of Prometheus's scrapes lie well within it. */
const RATE = '20s';
const POLL = { interval: 1_000 };

const isHere = (await execa('prometheus', ['--version'], { reject: false })).exitCode === 0;
if (!isHere) console.error('no Prometheus is here: rules and panels are not tried (apt-get install prometheus)');

let directory: string;
let config: Config;
let shop: Started;
let prometheus: Started;
let address: string;
const started: Started[] = [];

beforeAll(async () => {
  if (!isHere) return;
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-prometheus-'));
  config = {
    ...testConfig(inject('endpoints'), `temper_prometheus_${process.pid}`, {
      ...{ TEMPER_TEXT_ENCODER: 'none', TEMPER_IMAGE_ENCODER: 'none', TEMPER_CONSOLE: 'none' },
      ...{ TEMPER_POLICIES: path.join(ROOT, 'test/fixtures/support/policies'), TEMPER_METRICS: '127.0.0.1:19464' },
      ...{ TEMPER_LABEL_WINDOW_MS: '2000', TEMPER_PURCHASE_WINDOW_MS: '10000' },
    }),
    dataDir: directory,
  };
  shop = run(process.execPath, [TEMPER, 'start', '--rate', '20']);
  await expect.poll(async () => (await metricsFiles()).length).toBeGreaterThanOrEqual(7);
  const port = await getPort();
  address = `http://127.0.0.1:${port}`;
  const file = path.join(directory, 'prometheus.yaml');
  await writeFile(file, configuration());
  prometheus = run('prometheus', [
    ...[`--config.file=${file}`, `--storage.tsdb.path=${path.join(directory, 'tsdb')}`],
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  await traffic();
});
afterAll(async () => {
  prometheus?.kill('SIGTERM');
  shop?.kill('SIGTERM');
  await Promise.all(started);
  if (directory) await rm(directory, { recursive: true, force: true });
});

type Started = ReturnType<typeof launched>;

function launched(file: string, args: string[]) {
  return execa(file, args, { cwd: ROOT, env: childEnvironment(config), reject: false, stdio: 'ignore' });
}

function run(file: string, args: string[]): Started {
  const child = launched(file, args);
  started.push(child);
  return child;
}

const metricsFiles = () => readdir(path.join(directory, 'metrics')).catch(() => [] as string[]);

function configuration(): string {
  return JSON.stringify({
    global: { scrape_interval: '2s', evaluation_interval: '2s' },
    rule_files: [RULES],
    scrape_configs: [
      {
        job_name: 'temper',
        file_sd_configs: [{ files: [path.join(directory, 'metrics/*.json')], refresh_interval: '2s' }],
      },
    ],
  });
}

/** What the shop does not do by itself: a campaign, requests for its ads, questions, and something that is refused. */
async function traffic(): Promise<void> {
  const bus = connect({ brokers: config.kafka!, name: 'prometheus-test', log: createLog('test', 'silent') });
  const outbox = await bus.outbox();
  const send = (topic: 'shop.events', key: string, value: object) =>
    outbox.publish(topic, { key, value: JSON.stringify({ v: 1, at_ms: Date.now(), ...value }) });
  for (let n = 0; n < 10; n++) {
    const text = 'How much does express delivery cost?';
    await send('shop.events', 'anna', {
      id: `q-${process.pid}-${n}`,
      type: 'question',
      user: 'anna',
      session: 's',
      text,
    });
    await send('shop.events', 'anna', { id: `w-${n}`, type: 'hover', user: 'anna', session: 's' });
    await new Promise(resolve => setTimeout(resolve, 1_000));
  }
  await outbox.stop();
  await bus.stop();
}

async function answered(query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const response = await fetch(`${address}/api/v1/query?${new URLSearchParams({ query })}`);
  const { data, error } = (await response.json()) as { data?: { result: never[] }; error?: string };
  return data?.result ?? expect.fail(`${query}: ${error}`);
}

describe.skipIf(!isHere)('a real Prometheus', () => {
  it('takes the rules, and finds each alert where it has to come and none where all is well', async () => {
    for (const args of [
      ['check', 'rules', RULES],
      ['check', 'config', path.join(ROOT, 'observability/prometheus.yaml')],
      ['test', 'rules', path.join(ROOT, 'observability/alerts.test.yaml')],
    ]) {
      const { exitCode, stdout, stderr } = await execa('promtool', args, { reject: false });
      expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
    }
  });

  it('finds all jobs by their files, beside a shop that is open', async () => {
    await expect.poll(async () => (await answered('up == 1')).length, POLL).toBeGreaterThanOrEqual(8);
    const jobs = (await answered('up == 1')).map(({ metric }) => metric.temper_job);
    for (const job of ['features', 'scorer', 'outcomes', 'sinks', 'worker', 'billing', 'support', 'enrich'])
      expect(jobs).toContain(job);
  });

  it.each(panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))))(
    'answers the panel $title: $expr',
    async ({ expr }) => {
      const query = expr.replaceAll('$__rate_interval', RATE);
      const values = async () => (await answered(query)).map(({ value }) => Number(value[1]));
      await expect.poll(values, POLL).toSatisfy((all: number[]) => all.length > 0 && all.every(Number.isFinite));
    },
  );

  it('evaluates every alert without an error, and wakes nobody while all is well', async () => {
    const response = await fetch(`${address}/api/v1/rules?type=alert`);
    const { data } = (await response.json()) as {
      data: {
        groups: { rules: { name: string; health: string; lastError?: string; alerts: { state: string }[] }[] }[];
      };
    };
    const rules = data.groups.flatMap(group => group.rules);
    expect(rules.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => `${name}: ${lastError}`)).toEqual(
      [],
    );
    const firing = rules.filter(({ alerts }) => alerts.some(({ state }) => state === 'firing')).map(({ name }) => name);
    // What is refused here is refused on purpose; a machine that is shared may be slow.
    const allowed = ['TemperDeadLetters', 'TemperListsSlow', 'TemperLoopBlocked', 'TemperFeaturesStale'];
    expect(firing.filter(name => !allowed.includes(name))).toEqual([]);
  });
});
