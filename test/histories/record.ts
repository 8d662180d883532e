/**
 * Records the histories that replay.test.ts replays, from real runs: `node --import tsx test/histories/record.ts v2`
 * after a change of a workflow that old runs cannot follow; the older files stay, and must go on replaying. With
 * `retrain` or `check-features` behind the version, of that workflow alone. That of a backfill needs the jobs too: it is
 * the run of test/streams/features/backfill/backfill.services.test.ts, written with `writeHistory` before that ends.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '../../schemas/config.ts';
import { startServices } from '../../services/index.ts';
import type { ShopSpec } from '../activities/examples.ts';
import { checkFeaturesNow } from '../../workflows/features-client.ts';
import { openRealRoom, type RealRoom } from '../workflows/real-run.ts';
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

async function write({ client }: RealRoom, name: string, workflowId: string, runId?: string): Promise<void> {
  const history = await client.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const file = path.join(import.meta.dirname, name);
  await writeHistory(file, history);
  console.error(`${file}: ${history.events?.length} events`);
}
