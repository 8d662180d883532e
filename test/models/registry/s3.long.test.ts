import { rm, utimes } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureChampion } from '../../../activities/ensure-champion.ts';
import { scanFiles } from '../../../activities/erasure/files.ts';
import { eraseSnapshots } from '../../../activities/erasure/snapshots.ts';
import { promoteRanker } from '../../../activities/promote-ranker.ts';
import { type Registered, register } from '../../../activities/register-ranker.ts';
import { retainSnapshots } from '../../../activities/retention/files.ts';
import { type Snapshot, snapshotExamples } from '../../../activities/snapshot/snapshot-examples.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { Snapshots, snapshotsIn } from '../../../models/registry/snapshots.ts';
import { modelsIn, requireExclusive } from '../../../models/registry/store/place.ts';
import { s3Store } from '../../../models/registry/store/s3.ts';
import { accede, lastOf } from '../../../models/registry/succession.ts';
import { readConfig, toEnvironment } from '../../../schemas/settings/config.ts';
import { loadRanker } from '../../../streams/scorer/champion/load.ts';
import { examples } from '../../activities/examples.ts';
import { memoryPorts } from '../../activities/ports.ts';
import { aboutBytes, sealedVerdict } from '../../activities/verdicts.ts';
import { describeRegistry } from './contract.ts';
import { type S3Server, startS3 } from './s3-server.ts';

const AT_MS = 1_700_000_000_000;

let server: S3Server;
const bucketAt = (prefix: string, bucket = 'shop-models') => {
  const environment = {
    ...{ TEMPER_REGISTRY: `s3://${bucket}/${prefix}`, TEMPER_REGISTRY_ENDPOINT: server.endpoint },
    TEMPER_REGISTRY_CREDENTIALS: 'temper:secret',
  };
  return readConfig(environment, {}).registry!;
};
beforeAll(async () => {
  server = await startS3('shop-models');
});
afterAll(() => server?.stop());

/** S3Mock 5.2 looks and writes in two steps: of twelve conditional writes at one moment it once took two. S3 takes one. */
describeRegistry(() => s3Store(bucketAt('contract')), { atOnce: false });

describe('a bucket', () => {
  it('takes a file once, and says so', async () => {
    await requireExclusive(s3Store(bucketAt('')));
    expect(await s3Store(bucketAt('')).list('contract/.a/b')).toEqual(['once']);
  });

  it('lists more names than fit one answer', async () => {
    const store = s3Store(bucketAt('many'));
    const names = Array.from({ length: 1_040 }, (_, n) => String(n).padStart(8, '0'));
    for (let at = 0; at < names.length; at += 40) {
      await Promise.all(names.slice(at, at + 40).map(name => store.create(`.x/${name}`, Buffer.from(name))));
    }
    expect(await store.list('.x')).toEqual(names);
  });

  it('that is not there is a wrong configuration, and no empty registry', async () => {
    const store = s3Store(bucketAt('', 'nobodys-bucket'));
    const wrong = { code: 'CONFIG_INVALID', message: expect.stringMatching(/s3:\/\/nobodys-bucket.*TEMPER_REGISTRY/) };
    await expect(store.read('m/manifest.json', 10)).rejects.toMatchObject(wrong);
    await expect(store.create('m/manifest.json', Buffer.from('{}'))).rejects.toMatchObject(wrong);
    await expect(store.list('m')).rejects.toMatchObject(wrong);
  });

  it('is handed on to the processes that are started', () => {
    const config = { ...readConfig({}, {}), registry: bucketAt('a/b') };
    expect(readConfig(toEnvironment(config), {}).registry).toEqual(config.registry);
  });
});

describe('snapshots whose registry is a bucket', () => {
  const DAY_MS = 86_400_000;
  const rows = examples({ seed: 1, lists: 300, clicks: 'taste' });
  let room: Awaited<ReturnType<typeof memoryPorts>>;
  let snapshot: Snapshot;
  let n = 0;
  const bucket = () => modelsIn(room.ports.config);
  beforeEach(async () => {
    const traces = [{ at_ms: `${rows[0]!.at_ms}`, item: rows[0]!.item }];
    room = await memoryPorts({ examples: rows, erasure_traces: traces, erasures_open: [{ user: 'anna' }] });
    room.ports.config.registry = bucketAt(`snapshots-${n++}`);
    snapshot = await snapshotExamples(room.ports, { surface: 'home', until_ms: Date.UTC(2027, 0, 1) });
  });
  afterEach(() => room.clear());

  it('are read where the directory is gone, also of several pieces', async () => {
    const pieces = new Snapshots(snapshotsIn(room.ports.config).directory, s3Store(bucketAt('pieces')), 100_000);
    await pieces.keep(snapshot.sha256);
    expect((await s3Store(bucketAt('pieces')).list(`.snapshots/${snapshot.sha256}`)).length).toBeGreaterThan(2);
    await rm(snapshot.path);
    for (const snapshots of [snapshotsIn(room.ports.config), pieces]) {
      expect(await snapshots.has(snapshot.sha256)).toBe(true);
      expect(await snapshots.read(snapshot.sha256)).toMatchObject({ rows: snapshot.rows }); // of that hash
    }
  });

  it('go there too when a user is erased, and are found there', async () => {
    const then = new Date(Date.now() - 300_000);
    await utimes(snapshot.path, then, then);
    await eraseSnapshots(room.ports, { erasure: 'e'.repeat(32) });
    expect(await bucket().list('.snapshots')).toEqual([]);
    expect(await scanFiles(room.ports, { erasure: 'e'.repeat(32) })).toEqual([]);
    const again = await snapshotExamples(room.ports, { surface: 'home', until_ms: Date.UTC(2027, 0, 1) });
    await rm(again.path);
    await eraseSnapshots(room.ports, { erasure: 'e'.repeat(32) }); // somebody may be about to read it
    const left = { where: `.snapshots/${again.sha256} in ${bucket().where}`, count: 1, expires_ms: null };
    expect(await scanFiles(room.ports, { erasure: 'e'.repeat(32) })).toEqual([left]);
  });

  it('are kept there as long as the policy says', async () => {
    await rm(snapshot.path);
    const retained = (in_days: number) => retainSnapshots(room.ports, 30, Date.now() + in_days * DAY_MS);
    expect(await retained(29)).toEqual({ snapshots: [], models: [] });
    expect(await retained(31)).toEqual({ snapshots: [snapshot.sha256], models: [] });
    expect(await bucket().list('.snapshots')).toEqual([]);
  });
});

describe('promotions whose registry is a bucket', () => {
  it('get one number each, and scorers open what was promoted', async () => {
    const { ports, clear } = await memoryPorts();
    ports.config.registry = bucketAt('live');
    try {
      const models = modelsIn(ports.config);
      const popularity = await ensureChampion(ports, { surface: 'home', workflow: 'w0', at_ms: AT_MS });
      const rivals: Registered[] = [];
      for (const feature of ['pair.category', 'pair.brand']) {
        const model = popularityModel(FEATURE_NAMES, feature);
        const lineage = { snapshot: null, parent: null, seed: 1, provider: 'cpu' } as const;
        const layout = { features: [...FEATURE_NAMES], features_version: FEATURES_VERSION };
        const verdict = await sealedVerdict(ports.config, aboutBytes(model));
        const about = { kind: 'mlp', created_ms: AT_MS, ...layout, lineage, training: null, verdict } as const;
        rivals.push(await register(ports, 'home', { model }, about));
      }
      const ask = (n: number, replaces: string) =>
        promoteRanker(ports, {
          ...{ surface: 'home', ...rivals[n]!, replaces, at_ms: AT_MS + n, reason: 'better', workflow: `w${n}` },
        });
      const winner = await ask(0, popularity.model);
      await expect(ask(1, popularity.model)).rejects.toThrow(`got ${winner.model}`);
      const last = (await lastOf(models, 'home'))!;
      expect(last.promotion).toEqual(winner);
      expect(await accede(models, { ...last, workflow: 'too late' })).toBe(false);
      expect(await accede(models, last)).toBe(true); // whoever has not heard that he got it
      const ranker = await loadRanker(models, winner, ports.config);
      expect(ranker.id).toBe(winner.model);
      await ranker.release();
    } finally {
      await clear();
    }
  });

  it('wait for a store that does not answer, and say so', async () => {
    const store = s3Store(bucketAt('gone'));
    await store.create('.x/1', Buffer.from('1'));
    await server.kill();
    await expect(store.read('.x/1', 10)).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });
});
