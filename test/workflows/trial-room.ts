import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { promoteRanker } from '../../activities/promote-ranker.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import { encode } from '../../models/graph/file/encode.ts';
import { add, mul, slice, sub } from '../../models/graph/functions.ts';
import { rankerGraph } from '../../models/ranker/ranker.ts';
import { sha256Of } from '../../models/registry/hash.ts';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import { registerModel } from '../../models/registry/registry.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { createLog } from '../../schemas/log.ts';
import type { PlannedStage } from '../../schemas/models/trials.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Endpoints } from '../../services/index.ts';
import { openChampions } from '../../streams/champions.ts';
import type { JobName } from '../../streams/graph.ts';
import { topicSpecs } from '../../streams/graph.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { openStorefront } from '../../streams/storefront.ts';
import { type CanaryInput, type CanaryResult, type canary, canaryQuery } from '../../workflows/canary/canary.ts';
import type { CanaryStatus } from '../../workflows/canary/story.ts';
import { openClient, type TemporalClient } from '../../workflows/clients/client.ts';
import { TASK_QUEUE } from '../../workflows/places.ts';
import { portsOf } from '../activities/ports.ts';
import { sealedVerdict } from '../activities/verdicts.ts';
import { type JobProcess, startJob, testConfig } from '../job-process.ts';
import { openShop } from '../sim/shop.ts';
import { createWorld } from '../sim/world.ts';

export interface Model {
  model: string;
  manifest: string;
}

export interface TrialRoom {
  config: Config;
  store: Store;
  client: TemporalClient;
  /** Orders by what its user likes. */
  good: Model;
  /** The other way round. */
  bad: Model;
  job(name: JobName): JobProcess;
  /** Starts another process of it, in place of one that has ended. */
  restart(name: JobName): Promise<void>;
  champion(): Promise<string | undefined>;
  /** Makes this model champion, whoever is. */
  serve(model: Model): Promise<void>;
  /** Starts a trial beside the champion; `result` waits for its end, `status` asks it. */
  tryOut(model: Model, stages: PlannedStage[]): Promise<Running>;
  clear(): Promise<void>;
}

export interface Running {
  result(): Promise<CanaryResult>;
  status(): Promise<CanaryStatus>;
}

const LISTS_PER_SECOND = 20;

/** Real Kafka, ClickHouse and Temporal, the jobs as processes, and the simulated shop open for as long as the tests run. */
export async function openTrialRoom(endpoints: Endpoints): Promise<TrialRoom> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-trial-'));
  const config = testConfig(endpoints, `temper_trial_${process.pid}`, {
    ...{ TEMPER_DATA: dataDir, TEMPER_TEXT_ENCODER: 'none', TEMPER_IMAGE_ENCODER: 'none' },
    ...{ TEMPER_EXPLORATION: '0.1', TEMPER_CONTROL: '0' },
    ...{ TEMPER_LABEL_WINDOW_MS: '4000', TEMPER_PURCHASE_WINDOW_MS: '30000' },
  });
  const log = createLog('test', 'silent');
  const bus = connect({ brokers: config.kafka!, name: 'temper-trial', log });
  await bus.ensureTopics(topicSpecs(config));
  const store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  await ensureKey(keysIn(config), Date.now());
  const champions = await openChampions(bus);
  const ports = portsOf({ config, store, champions, log });
  const [good, bad] = [await register(config, 'good', 1), await register(config, 'bad', -1)];
  const serve = async ({ model, manifest }: Model) => {
    const serving = (await champions.of('home'))?.model ?? null;
    if (serving === model) return;
    const request = {
      surface: 'home',
      model,
      manifest,
      replaces: serving,
      workflow: 'test',
      reason: 'a test',
    } as const;
    await promoteRanker(ports, { ...request, at_ms: Date.now() });
  };
  await serve(good);

  const names = ['features', 'scorer', 'outcomes', 'sinks', 'worker'] as const;
  const jobs = new Map<JobName, JobProcess>();
  await Promise.all(names.map(async name => jobs.set(name, await startJob(name, config))));
  const storefront = await openStorefront(bus);
  const closing = new AbortController();
  const world = createWorld({ seed: 4, users: 200 });
  const shop = openShop({ storefront, world, seed: 4, listsPerSecond: LISTS_PER_SECOND, signal: closing.signal });
  // What is archived of cold jobs comes late: trials begin when clicks come in.
  await vi.waitUntil(async () => (await clicked(store)) > 20, { timeout: 400_000, interval: 1_000 });
  const client = await openClient({ address: config.temporal!, namespace: config.temporalNamespace });

  return {
    ...{ config, store, client, good, bad, serve },
    job: name => jobs.get(name)!,
    async restart(name) {
      jobs.set(name, await startJob(name, config));
    },
    champion: async () => (await champions.of('home'))?.model,
    async tryOut({ model, manifest }, stages) {
      const champion = (await champions.of('home'))!.model;
      const about = { surface: 'home', champion, reason: 'a test', requestedBy: 'vitest' } as const;
      const input: CanaryInput = { ...about, model, manifest, stages };
      const options = { taskQueue: TASK_QUEUE, workflowId: 'canary-home', args: [input] as [CanaryInput] };
      const handle = await client.temporal.workflow.start<typeof canary>('canary', options);
      return { result: () => handle.result(), status: () => handle.query(canaryQuery) };
    },
    async clear() {
      closing.abort();
      await shop.catch(() => {});
      await client.close();
      await storefront.stop();
      await Promise.all([...jobs.values()].map(job => job.stop()));
      await champions.stop();
      await store.command(`DROP DATABASE ${config.clickhouseDatabase}`);
      await store.stop();
      await bus.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function clicked(store: Store): Promise<number> {
  const [row] = await store.query<{ clicks: number }>('SELECT countIf(clicked) AS clicks FROM examples');
  return Number(row?.clicks ?? 0);
}

type Parts = Parameters<typeof registerModel>[1];

/** A model that orders by the likes that a user's clicks told, times this sign; with a passed verdict. */
async function register(config: Config, name: string, sign: number): Promise<Model> {
  const column = (features: Parameters<Parameters<typeof rankerGraph>[1]>[0], feature: string) => {
    const at = FEATURE_NAMES.indexOf(feature);
    return slice(features, 1, at, at + 1);
  };
  const graph = rankerGraph(FEATURE_NAMES.length, features => {
    const likes = add(column(features, 'pair.category'), column(features, 'pair.brand'));
    return sub(mul(add(likes, column(features, 'item.clicks.1d')), sign * 0.1), 2);
  });
  const [id, bytes] = [`trial-${name}-${process.pid}`, encode(graph)];
  const parts = {
    ...{ id, kind: 'mlp' as const, created_ms: Date.now(), training: null },
    ...{ features: [...FEATURE_NAMES], features_version: FEATURES_VERSION },
    lineage: { snapshot: null, parent: null, seed: null, code: 'test', provider: null },
    verdict: await sealedVerdict(config, { id, sha256: sha256Of(bytes) }),
  } satisfies Parts;
  const { sha256 } = await registerModel(modelsIn(config), parts, bytes);
  return { model: id, manifest: sha256 };
}
