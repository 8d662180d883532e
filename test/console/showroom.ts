import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { verdictsIn } from '../../activities/places.ts';
import { openConsole, type RunningConsole } from '../../console/console.ts';
import { sealVerdict, writeVerdict } from '../../models/evaluate/verdict.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import { random } from '../../models/random.ts';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import { registerModel } from '../../models/registry/registry.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { createLog } from '../../schemas/log.ts';
import type { Check, Verdict } from '../../schemas/models/models.ts';
import { DEFAULT_GATES } from '../../schemas/policies/gate-policy.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Endpoints } from '../../services/index.ts';
import { topicSpecs } from '../../streams/graph.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { openClient, startRetrain, type TemporalClient } from '../../workflows/clients/client.ts';
import { TASK_QUEUE, WORKFLOWS_PATH } from '../../workflows/places.ts';
import { ensureSearchAttributes } from '../../workflows/worker/search-attributes.ts';
import { testConfig } from '../job-process.ts';
import { writeMedia } from '../sim/media.ts';
import { createWorld, type World } from '../sim/world.ts';
import { perceptron } from '../streams/scorer/scorer-room.ts';
import { standIns } from '../workflows/stand-ins.ts';
import { fillAnswers } from './showroom-answers.ts';
import { fillArchive, fillLosses } from './showroom-rows.ts';
import { publishAds, reportJobs } from './showroom-topics.ts';

export const MODELS = {
  first: 'popularity-53c803a2f9',
  old: 'home-2b91c06d1e',
  champion: 'home-7fd2a41c90',
  next: 'home-1111111111',
};

export interface Showroom {
  config: Config;
  store: Store;
  world: World;
  console: RunningConsole;
  /** A worker of the real workflows, whose activities are stand-ins. */
  temporal: NativeConnection;
  clear(): Promise<void>;
}

/**
 * A console before real services in which an hour of a shop has been archived: what each page shows is there, and known.
 * Jobs only report; workflows run, but do nothing.
 */
export async function openShowroom(endpoints: Endpoints, seed = 1): Promise<Showroom> {
  const run = randomUUID().slice(0, 8);
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-console-'));
  const config: Config = {
    ...testConfig(endpoints, `temper_console_${run}`),
    ...{ dataDir, media: path.join(dataDir, 'media'), temporalNamespace: `console-${run}` },
  };
  const log = createLog('test', 'silent');
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const clear = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const world = createWorld({ seed, items: 48, users: 60 });
    await writeMedia(world.items, config.media, seed);
    const store = await openStore(endpoints.clickhouse, config.clickhouseDatabase);
    undo.push(async () => {
      await store.command(`DROP DATABASE ${config.clickhouseDatabase}`);
      await store.stop();
    });
    await fillRegistry(config);
    await fillArchive(store, world, MODELS, seed);
    await fillAnswers(store, Date.now());

    const bus = connect({ brokers: endpoints.kafka, name: `console-${run}`, log });
    undo.push(() => bus.stop());
    await bus.ensureTopics(topicSpecs(config));
    await publishAds(bus, world, run);
    const reporting = await reportJobs(bus as Bus, run, MODELS.champion);
    undo.push(() => reporting.stop());

    const temporal = await openNamespace(endpoints.temporal, config.temporalNamespace);
    undo.push(() => temporal.close());
    await ensureSearchAttributes(temporal, config.temporalNamespace, log);
    undo.push(await startWorker(temporal, config.temporalNamespace));

    const signal = new AbortController().signal;
    const running = await openConsole({ config, endpoints, log, progress: () => {}, signal });
    undo.push(() => running.stop());
    return { config, store, world, console: running, temporal, clear };
  } catch (error) {
    await clear();
    throw error;
  }
}

/** A model is trained whose losses are there, and waits for approval and then for its trial. Whoever asks for it closes the client. */
export async function trainInShowroom({ config, store }: Showroom): Promise<TemporalClient> {
  const client = await openClient({ address: config.temporal!, namespace: config.temporalNamespace });
  const request = { surface: 'home', seed: 1, reason: 'every ten minutes', requestedBy: 'temper' } as const;
  const trial = [{ stage: { kind: 'canary', share: 0.05 }, for_ms: 3_600_000 } as const];
  const { runId } = await startRetrain(client, { ...request, approval: true, trial });
  await fillLosses(store, runId, 1);
  return client;
}

async function fillRegistry(config: Config): Promise<void> {
  await ensureKey(keysIn(config), Date.now());
  const registry = modelsIn(config);
  const ago = (minutes: number) => Date.now() - minutes * 60_000;
  const layout = { features: [...FEATURE_NAMES], features_version: FEATURES_VERSION };
  const lineage = { snapshot: 'b'.repeat(64), parent: null, seed: 7, code: '0.1.0', provider: 'cpu' as const };
  const training = { epochs: 9, train_loss: 0.2913, validation_loss: 0.3021 };
  const models = [
    { id: MODELS.first, kind: 'popularity', created_ms: ago(58), parent: null, passed: null },
    { id: MODELS.old, kind: 'mlp', created_ms: ago(42), parent: MODELS.first, passed: true },
    { id: 'home-c5d90be7a3', kind: 'mlp', created_ms: ago(31), parent: MODELS.old, passed: true },
    { id: MODELS.champion, kind: 'mlp', created_ms: ago(17), parent: MODELS.old, passed: true },
    { id: MODELS.next, kind: 'mlp', created_ms: ago(1), parent: MODELS.champion, passed: true },
  ] as const;
  for (const [n, { id, kind, created_ms, parent, passed }] of models.entries()) {
    const verdict = passed === null ? null : verdictThat(passed, n);
    const parts = { id, kind, created_ms, ...layout, lineage: { ...lineage, parent } };
    await registerModel(
      registry,
      { ...parts, training: parent === null ? null : training, verdict },
      perceptron(3 + n),
    );
    if (verdict) await judge(config, id, verdict, parent, created_ms);
  }
  await judge(config, 'home-e81f00d3b2', verdictThat(false, 3), MODELS.champion, ago(9));
}

async function judge(
  config: Config,
  id: string,
  verdict: Verdict,
  champion: string | null,
  at_ms: number,
): Promise<void> {
  const about = { kind: 'candidate', id, sha256: 'a'.repeat(64), surface: 'home', champion } as const;
  const judged = { ...about, snapshot: 'b'.repeat(64), seed: 7, run: `retrain-home/${randomUUID()}`, at_ms };
  await writeVerdict(verdictsIn(config), await sealVerdict(keysIn(config), verdict, judged, DEFAULT_GATES));
}

/** As gates give it: numbers with intervals and thresholds, one that only reports, and, of a refused one, a failure. */
function verdictThat(passed: boolean, n: number): Verdict {
  const { uniform } = random(n, 5);
  const better = passed ? 0.02 + 0.03 * uniform() : -0.012;
  const checks: Check[] = [
    check('ndcg@10 beside the champion', better, [better - 0.014, better + 0.014], 0, better > 0, 'quality'),
    check('ndcg@10 beside popularity', better + 0.05, [better + 0.03, better + 0.07], 0, true, 'quality'),
    check('worst slice', better - 0.01, [better - 0.05, better + 0.03], -0.06, true, 'slices'),
    check('expected calibration error', 0.012, [0.009, 0.016], 0.05, true, 'calibration'),
    check('value by doubly robust', 0.031, [-0.004, 0.066], -0.02, true, 'off-policy'),
    check('ndcg lost to fraud', 0.08, [0.05, 0.11], 0.1, false, 'robustness', 'report'),
    check('p99 of scoring, ms', 1.9, null, 20, true, 'latency'),
  ];
  return { passed, checks, metrics: { ndcg: 0.41 + better, auc: 0.74 + better } };
}

function check(
  name: string,
  value: number,
  interval: [number, number] | null,
  threshold: number,
  passed: boolean,
  gate: string,
  mode: 'refuse' | 'report' = 'refuse',
): Check {
  const [low, high] = interval ?? [null, null];
  const reason = passed ? `${value.toFixed(3)} is within ${threshold}` : `${value.toFixed(3)} is beyond ${threshold}`;
  return { name, passed, value, low, high, threshold, reason, gate, mode };
}

/** A namespace of its own, so that runs of other tests are not shown. */
async function openNamespace(address: string, namespace: string): Promise<NativeConnection> {
  const connection = await NativeConnection.connect({ address });
  const day = { seconds: 86_400 as never };
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: day });
  return connection;
}

async function startWorker(connection: NativeConnection, namespace: string): Promise<() => Promise<void>> {
  const { activities } = standIns({
    registerRanker: async () => ({ model: MODELS.next, manifest: 'a'.repeat(64) }),
    ensureChampion: async () => ({
      ...{ v: 1, surface: 'home', model: MODELS.champion, manifest: 'a'.repeat(64), previous: MODELS.old },
      ...{ at_ms: Date.now(), reason: 'the first' },
    }),
  });
  const options = { connection, namespace, taskQueue: TASK_QUEUE, workflowsPath: WORKFLOWS_PATH, activities };
  for (let tries = 0; ; tries++) {
    try {
      const worker = await Worker.create(options);
      const ended = worker.run();
      return async () => {
        worker.shutdown();
        await ended;
      };
    } catch (error) {
      if (tries === 20) throw error; // a namespace is known to all of a server's parts after some seconds
      await new Promise(resolve => setTimeout(resolve, 500));
    }
  }
}
