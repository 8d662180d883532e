import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AGGREGATES } from '../models/features/aggregates/defaults.ts';
import type { Store } from '../schemas/clickhouse.ts';
import { createLog } from '../schemas/log.ts';
import { AGED_TOPICS } from '../schemas/policies/retention.ts';
import { readConfig } from '../schemas/settings/config.ts';
import { MIGRATIONS } from '../schemas/tables.ts';
import { startBilling } from '../streams/ads/billing.ts';
import { openChampions } from '../streams/champions.ts';
import { startEnrich } from '../streams/enrich/job.ts';
import { Backfills } from '../streams/features/backfill/backfills.ts';
import { startFeatures } from '../streams/features/job.ts';
import { JOBS, type JobName, jobsFor, TOPICS, type TopicName, toMermaid, topicSpecs } from '../streams/graph.ts';
import type { JobContext } from '../streams/job.ts';
import type { Bus, Subscription } from '../streams/kafka/bus.ts';
import { startOutcomes } from '../streams/outcomes/job.ts';
import { expiryOf } from '../streams/privacy/user-topics.ts';
import { startPseudonyms } from '../streams/pseudonyms/job.ts';
import { Report } from '../streams/report.ts';
import { startScorer } from '../streams/scorer/job.ts';
import { startSinks } from '../streams/sinks/job.ts';
import { ARCHIVES } from '../streams/sinks/rows.ts';
import { startSupport } from '../streams/support/job.ts';
import type { Weights } from '../streams/weights.ts';

const root = path.resolve(import.meta.dirname, '..');
const jobs = Object.keys(JOBS) as JobName[];
const topics = Object.keys(TOPICS) as TopicName[];
const tables = MIGRATIONS.flatMap(({ sql }) => sql.match(/(?<=CREATE TABLE )\w+/) ?? []);
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

/** A job's start, and where its code lies. The worker's own start needs Temporal; its topics come through its ports. */
const CODE: Record<JobName, { start(context: JobContext): Promise<{ stop(): Promise<void> }>; in: string[] }> = {
  pseudonyms: { start: startPseudonyms, in: ['streams/pseudonyms'] },
  features: { start: startFeatures, in: ['streams/features'] },
  enrich: { start: context => startEnrich(context, NO_WEIGHTS), in: ['streams/enrich'] },
  scorer: { start: startScorer, in: ['streams/scorer'] },
  outcomes: { start: startOutcomes, in: ['streams/outcomes'] },
  billing: { start: startBilling, in: ['streams/ads/billing.ts'] },
  support: { start: startSupport, in: ['streams/support'] },
  sinks: { start: startSinks, in: ['streams/sinks'] },
  worker: {
    start: startPortsOfWorker,
    in: [
      'streams/champions.ts',
      'streams/features/backfill',
      'streams/features/restore.ts',
      'streams/privacy',
      'cli/stack/worker.ts',
      'activities',
    ],
  },
};

async function startPortsOfWorker({ bus, store }: JobContext) {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'temper-graph-'));
  const outbox = await bus.outbox({ allowed: JOBS.worker.writes });
  const backfills = new Backfills({ bus, store, outbox, directory, partitions: 1 }); // each rests between its pieces
  const position = await backfills.position(await backfills.begin([]));
  for (const entity of ['user', 'item'] as const) {
    const part = { run: 'none', position, entity, partition: 0 };
    await backfills.rebuild(part, () => {});
    await backfills.compare(part, new Set(), () => {});
  }
  await rm(directory, { recursive: true });
  return openChampions(bus);
}

const POLICIES = path.join(root, 'test/fixtures/support/policies');
const KEYS = path.join(root, 'test/fixtures/pseudonyms/keys');

/** A machine that has no encoder, and no way to one. */
const NO_WEIGHTS: Weights = { find: () => undefined, fetch: () => Promise.reject(new Error('no network')) };

describe('a job', () => {
  it.each(jobs)('%s reads and follows what the graph says, and may write that alone', async job => {
    const { bus, asked } = listeningBus();
    const log = createLog('test', 'silent');
    const context = {
      config: readConfig({ TEMPER_POLICIES: POLICIES, TEMPER_PSEUDONYM_KEYS: KEYS }),
      bus,
      store: emptyStore(),
      report: new Report(job, 'test'),
      log,
    };
    const running = await CODE[job].start(context);
    await running.stop();
    const { reads, follows, writes } = JOBS[job];
    expect(asked()).toEqual({ reads: sorted(reads), follows: sorted(follows), writes: sorted(writes) });
  });

  it.each(jobs)('%s has code that writes each topic and fills each table that the graph says', job => {
    const { writes, fills } = writtenBy(CODE[job].in.flatMap(filesIn).map(read).join('\n'));
    expect(writes).toEqual(sorted(JOBS[job].writes));
    const archives = job === 'sinks' ? Object.values(ARCHIVES).map(({ table }) => table) : [];
    expect(sorted([...archives, ...fills])).toEqual(sorted(JOBS[job].fills));
  });
});

describe('the graph', () => {
  it('archives what the sinks read, each in a table of its own that a migration makes', () => {
    expect(sorted(Object.keys(ARCHIVES))).toEqual(sorted(JOBS.sinks.reads));
    const archived = Object.values(ARCHIVES).map(({ table }) => table);
    expect(new Set(archived).size).toBe(archived.length);
    for (const table of archived) expect(tables).toContain(table);
  });

  it('lets no topic lie idle: each is written by a job or by the shop, and read by somebody', () => {
    const written = new Set<string>(jobs.flatMap(job => JOBS[job].writes));
    const shop = ['raw.events', 'raw.requests', 'shop.catalogue', 'shop.campaigns']; // and, without pseudonyms, events
    expect(topics.filter(topic => !written.has(topic))).toEqual(shop);
    const read = new Set<string>(jobs.flatMap(job => [...JOBS[job].reads, ...JOBS[job].follows]));
    expect(topics.filter(topic => !read.has(topic))).toEqual(['raw.lists']); // the shop does
  });

  it('gives topics of the same key the same partitions, and lets jobs read together only what has the same key', () => {
    const config = readConfig({ TEMPER_PARTITIONS: '7' });
    const partitions = new Map(topicSpecs(config).map(spec => [spec.topic, spec.partitions]));
    expect(sorted(partitions.keys())).toEqual(sorted(topics));
    for (const topic of topics) {
      const alike = topics.filter(other => TOPICS[other].key === TOPICS[topic].key);
      expect(sorted(alike.map(other => String(partitions.get(other)))), topic).toHaveLength(1);
    }
    for (const key of ['user', 'item'] as const) {
      for (const topic of topics.filter(each => TOPICS[each].key === key)) expect(partitions.get(topic)).toBe(7);
    }
    expect(sorted(JOBS.outcomes.reads.map(topic => TOPICS[topic].key))).toEqual(['user']);
  });

  it('keeps the records of a topic that go by their age as long as the policy of the shop says', () => {
    const aged = topics.filter(topic => typeof TOPICS[topic].keep === 'object' && 'days' in TOPICS[topic].keep);
    expect(sorted(AGED_TOPICS)).toEqual(sorted(aged));
    const { policy, ...config } = readConfig({});
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'temper-graph-')), 'policy.json');
    writeFileSync(file, '{"retention": {"topics": {"shop.events": 2, "rank.lists": 0.5}}}');
    const specs = new Map(topicSpecs({ ...config, policy: file }).map(spec => [spec.topic, spec]));
    const before = new Map(topicSpecs({ ...config, policy }).map(spec => [spec.topic, spec]));
    rmSync(path.dirname(file), { recursive: true });
    expect(specs.get('shop.events')!.config).toMatchObject({ 'retention.ms': String(2 * 86_400_000) });
    expect(specs.get('rank.lists')!.config).toMatchObject({ 'retention.ms': String(43_200_000) });
    expect(specs.get('shop.events')!.decided).toContain('retention.ms');
    expect(specs.get('rank.examples')).toEqual(before.get('rank.examples'));
    expect(expiryOf('shop.events', 0, { 'shop.events': 7 })).toBe(expiryOf('shop.events', 0));
    expect(expiryOf('shop.events', 0, { 'shop.events': 2 })).toBeLessThan(expiryOf('shop.events', 0));
  });

  it('as Mermaid shows every job, topic and table, and every arrow', () => {
    const drawn = toMermaid();
    for (const topic of topics) expect(drawn).toContain(`[(${topic})]`);
    for (const job of jobs) {
      expect(drawn).toContain(`job_${job}["<b>${job}</b><br>${JOBS[job].does}"]`);
      for (const table of JOBS[job].fills) expect(drawn).toContain(`job_${job} --> ch_${table}[[ClickHouse ${table}]]`);
      const arrows = drawn
        .split('\n')
        .filter(line => line.includes(`job_${job}`) && />/.test(line.replace(/<[^>]*>/g, '')));
      const { reads, follows, writes, fills } = JOBS[job];
      const asks = job === 'support' ? JOBS[job].asks.length : 0;
      expect(arrows).toHaveLength(reads.length + follows.length + writes.length - 1 + fills.length + asks);
    }
  });
});

describe('a configuration', () => {
  it('asks for the job that answers questions only where there is something to answer from, and for pseudonyms by keys', () => {
    const without = (...names: string[]) => jobs.filter(job => !names.includes(job));
    expect(jobsFor(readConfig({}, {}))).toEqual(without('support', 'pseudonyms'));
    expect(jobsFor(readConfig({ TEMPER_POLICIES: POLICIES }, {}))).toEqual(without('pseudonyms'));
    expect(jobsFor(readConfig({ TEMPER_PSEUDONYM_KEYS: KEYS }, {}))).toEqual(without('support'));
  });
});

describe('the code', () => {
  it('names no topic that the graph does not know', () => {
    const named = ['streams', 'cli']
      .flatMap(filesIn)
      .flatMap(file => topicsNamedIn(file).map(name => ({ file, name })));
    expect(new Set(named.map(({ name }) => name)).size).toBe(topics.length);
    expect(named.filter(({ name }) => !topics.includes(name as TopicName))).toEqual([]);
  });
});

/** What a file publishes to or reads, and every literal that looks like a topic. */
function topicsNamedIn(file: string): string[] {
  const text = read(file);
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(match => match[1]!);
  const published = all(/publish\w*\(\s*'([^']+)'/g);
  const listed = all(/(?:topics|allowed): \[([^\]]*)\]/g).flatMap(list =>
    [...list.matchAll(/'([^']+)'/g)].map(m => m[1]!),
  );
  const firstWords = new Set(topics.map(topic => topic.split('.')[0]!));
  const features = new Set(AGGREGATES.map(({ name }) => name));
  const alike = all(/'([a-z]+\.[a-z.0-9]+)'/g).filter(
    name => firstWords.has(name.split('.')[0]!) && !features.has(name),
  );
  return [...published, ...listed, ...alike];
}

function filesIn(place: string): string[] {
  const full = path.join(root, place);
  if (!statSync(full).isDirectory()) return place.endsWith('.ts') ? [place] : [];
  return readdirSync(full).flatMap(name => filesIn(path.join(place, name)));
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** The topics and tables that a source writes, by the calls that write. */
function writtenBy(source: string): { writes: string[]; fills: string[] } {
  const calls = /publish\('([^']+)'|(?:log|snapshots): '([^']+)'/g; // or where what is known of a partition goes
  const named = [...source.matchAll(calls)].map(match => (match[1] ?? match[2])!);
  if (source.includes('sendDeadLetters(')) named.push('dead.letters');
  if (source.includes('report.publishTo(')) named.push('job.metrics');
  const inserted = [...source.matchAll(/store\.insert\('([^']+)'/g)].map(match => match[1]!);
  return { writes: sorted(named), fills: inserted.filter(table => table !== 'sink_progress') };
}

/** A bus on which nothing ever comes; it notes what a job asks of it. */
function listeningBus() {
  const noted = { reads: new Set<string>(), follows: new Set<string>(), writes: new Set<string>() };
  const silent: Subscription = { failed: new Promise(() => {}), stop: async () => {} };
  const bus: Bus = {
    ensureTopics: async () => [],
    async outbox({ allowed = ['anything'] } = {}) {
      for (const topic of allowed) noted.writes.add(topic);
      return { publish: async () => {}, stop: async () => {} };
    },
    async consume({ topics: read, open }) {
      for (const topic of read) {
        noted.reads.add(topic);
        await open?.(topic, 0, async () => {}, { low: 0, high: 0, committed: undefined });
      }
      return silent;
    },
    async follow({ topics: followed }) {
      for (const topic of followed) noted.follows.add(topic);
      return silent;
    },
    bounds: async () => new Map(),
    offsetsAt: async () => new Map(),
    trim: async () => {},
    cut: async () => {},
    committed: async () => new Map(),
    isAtWork: async () => false,
    stop: async () => {},
  };
  const asked = () => ({ reads: sorted(noted.reads), follows: sorted(noted.follows), writes: sorted(noted.writes) });
  return { bus, asked };
}

function emptyStore(): Store {
  return {
    insert: async () => {},
    query: async <Row>() => [] as Row[],
    async *stream() {},
    command: async () => {},
    bytes: async () => Buffer.alloc(0),
    load: async () => {},
    stop: async () => {},
  };
}
