import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { markAgain, markErased } from '../../../activities/erasure/logs.ts';
import { eraseRows } from '../../../activities/erasure/rows.ts';
import { scanStores } from '../../../activities/erasure/scan.ts';
import { erasureOf, namesOf, opened } from '../../../cli/privacy/erase.ts';
import { exportUser } from '../../../cli/privacy/export.ts';
import { ensureKey, keysIn } from '../../../models/registry/keys.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { USER_TABLES } from '../../../schemas/erasures.ts';
import { createLog } from '../../../schemas/log.ts';
import type { Config } from '../../../schemas/settings/config.ts';
import { startFeatures } from '../../../streams/features/job.ts';
import { USERS } from '../../../streams/features/log/entities.ts';
import { readSnapshot } from '../../../streams/features/log/snapshot.ts';
import { type JobName, type TopicName, topicSpecs } from '../../../streams/graph.ts';
import type { RunningJob } from '../../../streams/job.ts';
import type { Outbox } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { partitionOf } from '../../../streams/kafka/sending/partitioner.ts';
import { UserLogs } from '../../../streams/privacy/user-logs.ts';
import { STAGES } from '../../../streams/privacy/user-topics.ts';
import { startPseudonyms } from '../../../streams/pseudonyms/job.ts';
import { pseudonymsOf } from '../../../streams/pseudonyms/keys.ts';
import { Report } from '../../../streams/report.ts';
import { startSinks } from '../../../streams/sinks/job.ts';
import { portsOf } from '../../activities/ports.ts';
import { testConfig } from '../../job-process.ts';

const RUN = `rotation${randomUUID().slice(0, 8)}`;
const USER = `anna@${RUN}`;
const PATIENCE = { timeout: 60_000, interval: 500 };
const log = createLog('test', 'silent');
const keyLine = (id: string) => `${id} ${randomBytes(32).toString('hex')}`;
const old = keyLine('k1');

let config: Config;
/** Not in the data directory: what lies there an erasure looks through. */
let exports: string;
let bus: ReturnType<typeof connect>;
let outbox: Outbox;
let store: Store;
let userLogs: UserLogs;
let names: { raw: string; old: string; new: string };
const jobs: RunningJob[] = [];
let door: RunningJob;

async function start(name: JobName, starter: typeof startSinks): Promise<RunningJob> {
  return starter({ config, bus, store, report: new Report(name, RUN), log });
}

beforeAll(async () => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-rotation-'));
  exports = await mkdtemp(path.join(os.tmpdir(), 'temper-exports-'));
  const file = path.join(dataDir, 'pseudonyms');
  await writeFile(file, old, { mode: 0o600 });
  config = { ...testConfig(inject('endpoints'), `temper_${RUN}`, { TEMPER_PSEUDONYM_KEYS: file }), dataDir };
  await ensureKey(keysIn(config), Date.now());
  bus = connect({ brokers: config.kafka!, name: RUN, log });
  await bus.ensureTopics(topicSpecs(config));
  outbox = await bus.outbox();
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  userLogs = new UserLogs({ bus, outbox, config });
  jobs.push(await start('features', startFeatures), await start('sinks', startSinks));
  door = await start('pseudonyms', startPseudonyms);
});
afterAll(async () => {
  await Promise.all([door, ...jobs].map(job => job?.stop()));
  await outbox?.stop();
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
  await bus?.stop();
  for (const directory of [config.dataDir, exports]) await rm(directory, { recursive: true, force: true });
});

const send = (topic: TopicName, key: string, value: object | string) =>
  outbox.publish(topic, { key, value: typeof value === 'string' ? value : JSON.stringify(value) });

/** Under which keys a topic has an id of this run, each time. */
async function keysOf(topic: TopicName, id: string): Promise<(string | null)[]> {
  const keys: (string | null)[] = [];
  const apply = (_topic: string, _partition: number, { key, value }: { key: string | null; value: Buffer | null }) => {
    if (value?.includes(`"${id}"`)) keys.push(key);
  };
  await bus.follow({ topics: [topic], once: true, apply });
  return keys;
}

const about = (user: string, n: number) => ({ v: 1, at_ms: Date.now(), user, session: `${RUN}-s${n}` });
const view = (user: string, n: number) => ({
  ...about(user, n),
  id: `${RUN}-e${n}`,
  type: 'view',
  item: `${RUN}-i${n}`,
});

/** A view and a request come through the door. */
async function enter(n: number, name: string): Promise<void> {
  await send('raw.events', USER, view(USER, n));
  await send('raw.requests', USER, { ...about(USER, n), id: `${RUN}-r${n}`, surface: 'home' });
  await expect.poll(() => keysOf('shop.events', `${RUN}-e${n}`), PATIENCE).toEqual([name]);
  await expect.poll(() => keysOf('rank.requests', `${RUN}-r${n}`), PATIENCE).toEqual([name]);
}

/** What other jobs make of it, under the name that they know; and two records that are refused. */
async function answer(n: number, name: string): Promise<void> {
  const { session, ...of } = about(name, n);
  const made = { ...of, surface: 'home', model: 'm', features_version: 'f', arm: 'champion' };
  const spent_ms = { queue: 0, candidates: 0, features: 0, score: 0 };
  await send('rank.lists', name, { ...made, session, id: `${RUN}-r${n}`, candidates: 0, items: [], spent_ms });
  const row = { item: `${RUN}-i${n}`, position: 0, propensity: 1, features: [] };
  const items = [{ ...row, clicked: true, carted: false, purchased: false }];
  await send('rank.examples', name, { ...made, list: `${RUN}-r${n}`, version: 1, items });
  await send('rank.shadows', name, {
    ...{ ...of, list: `${RUN}-r${n}`, surface: 'home', role: 'shadow', experiment: 'x', model: 'm', champion: 'c' },
    ...{ candidates: 1, kendall: null, overlap: null, score_ms: 1, champion_ms: 1, failed: false },
  });
  await send('support.answers', name, {
    ...{
      ...of,
      session,
      id: `${RUN}-q${n}`,
      question: '?',
      language: null,
      intent: null,
      outcome: 'refused',
      text: '',
    },
    ...{ statements: [], sources: [], generator: 'g', dropped: 0, spent_ms: 1 },
  });
  await send('ads.shown', name, { ...of, campaigns: {} });
  await send('shop.events', name, { ...view(name, n), type: 'wink' });
  // Under another's key, and written so that only the refusal's words have the name as it is.
  await send('shop.events', `${RUN}-other`, JSON.stringify(view(name, n)).replace(name, name.replace('.', '\\u002e')));
}

/** Has all states written into snapshots, as they are when somebody else is erased: otherwise they take their turns. */
async function snapshotAll(): Promise<void> {
  const others = new UserLogs({ bus, outbox, config: { ...config, pseudonymKeys: undefined } });
  const partitions = new Set<number>();
  for (let n = 0; partitions.size < config.partitions; n++) {
    const other = `${RUN}-other-${n}`;
    if (partitions.has(partitionOf(other, config.partitions))) continue;
    partitions.add(partitionOf(other, config.partitions));
    await others.mark(other, `erasure-${'0'.repeat(32)}-${Date.now()}`, Date.now());
  }
}

type Line = { from: string } & Record<string, unknown>;
let files = 0;

/** `temper export`: the lines of its file, and what it prints. */
async function exported(): Promise<{
  lines: Line[];
  told: { out: string; lines: Record<string, number> };
  out: string;
}> {
  const out = path.join(exports, `${files++}`);
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await exportUser(config, USER, { out, json: true });
    const told = JSON.parse(`${printed.mock.calls[0]![0]}`);
    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
    return { lines: lines.map(line => JSON.parse(line)), told, out };
  } finally {
    printed.mockRestore();
  }
}

/** Which of the names a line has. */
function nameIn(line: Line): string {
  const text = JSON.stringify(line);
  return Object.entries(names).find(([, name]) => text.includes(name))?.[0] ?? 'nobody';
}
const placeOf = ({ from }: Line) => from.replace(/\/\d+$/, '');

it('behind a rotation a user has another name, and a list of before goes back to who asked', async () => {
  await send('shop.events', USER, view(USER, 0)); // as long as there were no pseudonyms
  const before = pseudonymsOf(config).of(USER);
  await enter(1, before);
  await door.stop();
  await writeFile(config.pseudonymKeys!, `${keyLine('k2')}\n${old}\n`);
  await answer(1, before); // by jobs that know of no door
  door = await start('pseudonyms', startPseudonyms);
  const now = pseudonymsOf(config).of(USER);
  expect(now).not.toBe(before);
  expect(namesOf(config, USER)).toEqual([USER, now, before]);
  names = { raw: USER, old: before, new: now };
  await enter(2, now);
  await answer(2, now);
  for (const n of [1, 2]) await expect.poll(() => keysOf('raw.lists', `${RUN}-r${n}`), PATIENCE).toEqual([USER]);
  expect(await keysOf('shop.events', `${RUN}-e1`)).toContain(before);
  expect(await keysOf('shop.events', `${RUN}-e1`)).not.toContain(now);
});

it('an export has rows, states, records and dead letters of all names', async () => {
  await snapshotAll();
  const tables = Object.keys(USER_TABLES).map(table => `ClickHouse ${table}`);
  const topics = STAGES.slice(1)
    .flat()
    .filter(topic => topic !== 'features.user.log' && topic !== 'raw.lists')
    .map(topic => `Kafka ${topic}`);
  const behind = [...tables, ...topics];
  const raw = ['raw.events', 'raw.requests', 'raw.lists', 'shop.events', 'features.user.snapshots'];
  const wanted = [
    ...behind.flatMap(place => [`old ${place}`, `new ${place}`]),
    ...[...raw.map(topic => `Kafka ${topic}`), 'ClickHouse events', 'ClickHouse user_features'].map(at => `raw ${at}`),
  ].sort();
  const places = async () => {
    const { lines } = await exported();
    return [...new Set(lines.map(line => `${nameIn(line)} ${placeOf(line)}`))].sort();
  };
  await expect.poll(places, PATIENCE).toEqual(wanted);

  const { lines, told, out } = await exported();
  const counts: Record<string, number> = {};
  for (const line of lines) counts[placeOf(line)] = (counts[placeOf(line)] ?? 0) + 1;
  expect(told).toEqual({ out, lines: counts });
  expect((await stat(out)).mode & 0o777).toBe(0o600);
  const of = (place: string) => lines.filter(line => placeOf(line) === place);
  // Both refused records, of which the words alone name him in one: as rows and as records.
  expect(['ClickHouse dead_letters', 'Kafka dead.letters'].map(place => of(place).length)).toEqual([4, 4]);
  const states = of('Kafka features.user.snapshots') as (Line & { recent: { item: string }[]; features: object })[];
  const items = states.map(state => [state.user, state.recent.map(({ item }) => item)]);
  const one = (name: string, n: number) => [name, [`${RUN}-i${n}`]];
  expect(items).toEqual([one(names.raw, 0), one(names.new, 2), one(names.old, 1)]);
  for (const { features } of states) expect(Object.values(features).some(value => value > 0)).toBe(true);
});

it('an erasure takes all names away', async () => {
  const erasure = erasureOf(config, USER);
  const ports = portsOf({ config, store, userLogs });
  expect(await tablesThatName()).toEqual(Object.keys(USER_TABLES).sort());
  const waiting = { heartbeat: () => {}, cancellationSignal: AbortSignal.timeout(120_000) };
  const left = await opened(store, erasure, namesOf(config, USER), async () => {
    await markErased(ports, { erasure, at_ms: Date.now() });
    const until_ms = await markAgain(ports, { erasure, at_ms: Date.now() }, waiting);
    const erasing = { erasure, until_ms, forgotten_ms: Date.now() };
    await eraseRows(store, erasing);
    return scanStores(ports, erasing);
  });
  expect(left.filter(({ expires_ms }) => expires_ms === null)).toEqual([]); // logs go by themselves
  // Two searches that know nothing of erasures: the request itself stays as long as the logs.
  expect(await tablesThatName()).toEqual(['erasures_open']);
  expect(await namesInStates()).toEqual([]);
});

/** The tables in which any of the names stands anywhere, also in base64; views have no rows of their own. */
async function tablesThatName(): Promise<string[]> {
  const tables = await store.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine != 'View' ORDER BY name",
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const texts = ['toString(tuple(*))', ...(name === 'dead_letters' ? ["tryBase64Decode(ifNull(value, ''))"] : [])];
    const where = texts.map(text => `multiSearchAny(${text}, {names:Array(String)})`).join(' OR ');
    const [row] = await store.query<{ n: string }>(`SELECT count() AS n FROM ${name} WHERE ${where}`, {
      names: Object.values(names),
    });
    if (Number(row!.n) > 0) found.push(name);
  }
  return found;
}

/** Which of the names the newest states have. */
async function namesInStates(): Promise<string[]> {
  const newest = new Map<string, Buffer>();
  await bus.follow({
    topics: ['features.user.snapshots'],
    once: true,
    apply: (_topic, partition, { key, value }) => void newest.set(`${partition}/${key}`, value!),
  });
  const users = new Set(
    [...newest.values()].flatMap(value => readSnapshot(value, USERS.format).entries.map(([user]) => user)),
  );
  return Object.entries(names).flatMap(([which, name]) => (users.has(name) ? [which] : []));
}
