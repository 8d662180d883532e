/**
 * Records the histories that replay.thorough.test.ts replays, from real runs: `node --import tsx test/histories/record.ts v2`
 * after a change of a workflow that old runs cannot follow; the older files stay, and must go on replaying. With
 * `retrain`, `trial`, `check-features`, `learn-searches`, `erase` or `retain` behind the version, of that alone. That of a backfill needs the jobs too: it is
 * the run of test/streams/features/backfill/backfill.long.test.ts, written with `writeHistory` before that ends; those of
 * a watch are runs of test/workflows/watch.services.test.ts, written in the same way, since a real one acts after days.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '../../schemas/settings/config.ts';
import { startServices } from '../../services/index.ts';
import type { ShopSpec } from '../activities/examples.ts';
import { checkFeaturesNow } from '../../workflows/clients/features.ts';
import type { PlannedStage } from '../../schemas/models/trials.ts';
import { retrainResult, startRetrain } from '../../workflows/clients/client.ts';
import { eraseResult, startErase } from '../../workflows/clients/erasure.ts';
import { retainNow } from '../../workflows/clients/retention.ts';
import { learnSearchesNow } from '../../workflows/clients/searches.ts';
import { decide, rollBack } from '../../workflows/clients/decisions.ts';
import { INPUT, openRealRoom, type RealRoom } from '../workflows/real-run.ts';
import { writeHistory } from './history-file.ts';

const [version = 'v1', ...only] = process.argv.slice(2);
const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-record-'));
const services = await startServices({ ...readConfig(), dataDir }, { progress: line => console.error(line) });
try {
  if (isWanted('retrain')) {
    await record('promoted', { seed: 5, lists: 1_500, clicks: 'taste' });
    await record('refused', { seed: 5, lists: 1_500, clicks: 'noise' });
  }
  if (isWanted('check-features')) await recordCheck();
  if (isWanted('trial')) await recordTrial();
  if (isWanted('learn-searches')) await recordLearning();
  if (isWanted('erase')) await recordErasure();
  if (isWanted('retain')) await recordRetention();
} finally {
  await services.stop();
  await rm(dataDir, { recursive: true, force: true });
}

function isWanted(workflow: string): boolean {
  return only.length === 0 || only.includes(workflow);
}

async function record(outcome: 'promoted' | 'refused', shop: ShopSpec): Promise<void> {
  const room = await openRealRoom(services.endpoints, shop);
  try {
    await room.startWorker();
    const { promoted, workflowId, runId } = await room.retrain();
    if (promoted !== (outcome === 'promoted')) throw new Error(`expected ${outcome}, got promoted: ${promoted}`);
    await write(room, `retrain-${version}-${outcome}.json`, workflowId, runId);
  } finally {
    await room.clear();
  }
}

async function recordCheck(): Promise<void> {
  const room = await openRealRoom(services.endpoints, { seed: 5, lists: 12, clicks: 'taste' });
  try {
    await room.startWorker();
    await checkFeaturesNow(room.client, { hours: 1, lists: 40, items: 4 });
    const runs = room.client.temporal.workflow.list({ query: "WorkflowType = 'checkFeatures'" });
    for await (const { workflowId, runId } of runs) await write(room, `check-features-${version}.json`, workflowId, runId);
  } finally {
    await room.clear();
  }
}

/** A retraining that waits for approval and goes through a trial, that trial, and the rollback of what it promoted. */
async function recordTrial(): Promise<void> {
  const room = await openRealRoom(services.endpoints, { seed: 5, lists: 1_500, clicks: 'taste' });
  try {
    await room.startWorker();
    const second = (stage: PlannedStage['stage']): PlannedStage => ({ stage, for_ms: 1_000 });
    const trial = [second({ kind: 'shadow' }), second({ kind: 'canary', share: 0.05 }), second({ kind: 'canary', share: 1 })];
    const { workflowId, runId } = await startRetrain(room.client, { ...INPUT, approval: true, trial });
    const by = { by: 'anna', reason: 'its lists look good' };
    while (await decide(room.client, 'home', 'approve', by).then(() => false, () => true)) await sleep(500);
    const { promoted } = await retrainResult(room.client, 'home');
    if (!promoted) throw new Error('expected a promotion');
    await write(room, `retrain-${version}-trial.json`, workflowId, runId);
    await write(room, `canary-${version}-promoted.json`, 'canary-home');
    await rollBack(room.client, 'home', { by: 'anna', reason: 'empty lists' });
    await write(room, `rollback-${version}.json`, 'rollback-home');
  } finally {
    await room.clear();
  }
}

/** With a few searches, and `search.learned` thrown away. */
async function recordLearning(): Promise<void> {
  const room = await openRealRoom(services.endpoints, { seed: 5, lists: 12, clicks: 'taste' });
  try {
    room.ports.searches = { learned: async () => {} };
    await room.startWorker();
    await learnSearchesNow(room.client);
    await writeRun(room, 'learnSearches', `learn-searches-${version}.json`);
  } finally {
    await room.clear();
  }
}

/** Of a user who has rows in ClickHouse, where the topics have nothing of anybody: twice, behind half a minute each. */
async function recordErasure(): Promise<void> {
  const room = await openRealRoom(services.endpoints, { seed: 5, lists: 300, clicks: 'taste' });
  const erasure = 'e'.repeat(32);
  try {
    const { store } = room.ports;
    room.ports.userLogs = {
      stages: 2,
      mark: async () => ({ recorded_ms: Date.now(), end: ['shop.events/0', 1] }),
      ...{ ends: async () => [], snapshotEnds: async () => [], behind: async () => [], scan: async () => [] },
      cut: async () => [],
    };
    await room.startWorker();
    await store.insert('erasures_open', [{ erasure, user: 'user-7', quoted: '"user-7"', at: Date.now() }]);
    await startErase(room.client, { erasure, by: 'anna', reason: 'the user asked for it', cutLogs: true });
    const { state } = await eraseResult(room.client, erasure);
    if (state !== 'erased') throw new Error(`expected erased, got ${state}`);
    await writeRun(room, 'erase', `erase-${version}.json`);
  } finally {
    await room.clear();
  }
}

async function recordRetention(): Promise<void> {
  const room = await openRealRoom(services.endpoints, { seed: 5, lists: 12, clicks: 'taste' });
  try {
    await room.startWorker();
    await retainNow(room.client);
    await writeRun(room, 'retain', `retain-${version}.json`);
  } finally {
    await room.clear();
  }
}

/** The one run that there is of a workflow. */
async function writeRun(room: RealRoom, workflow: string, name: string): Promise<void> {
  const runs = room.client.temporal.workflow.list({ query: `WorkflowType = '${workflow}'` });
  for await (const { workflowId, runId } of runs) await write(room, name, workflowId, runId);
}

async function write({ client }: RealRoom, name: string, workflowId: string, runId?: string): Promise<void> {
  const history = await client.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const file = path.join(import.meta.dirname, name);
  await writeHistory(file, history);
  console.error(`${file}: ${history.events?.length} events`);
}
