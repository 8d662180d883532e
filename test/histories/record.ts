/**
 * Records the histories that replay.test.ts replays, from real runs: `node --import tsx test/histories/record.ts v2`
 * after a change of the workflow that old runs cannot follow; the older files stay, and must go on replaying.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '../../schemas/config.ts';
import { startServices } from '../../services/index.ts';
import type { ShopSpec } from '../activities/examples.ts';
import { openRealRoom } from '../workflows/real-run.ts';
import { writeHistory } from './history-file.ts';

const [version = 'v1'] = process.argv.slice(2);
const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-record-'));
const services = await startServices({ ...readConfig(), dataDir }, { progress: line => console.error(line) });
try {
  await record('promoted', { seed: 5, lists: 1_500, clicks: 'taste' });
  await record('refused', { seed: 5, lists: 1_500, clicks: 'noise' });
} finally {
  await services.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function record(outcome: 'promoted' | 'refused', shop: ShopSpec): Promise<void> {
  const room = await openRealRoom(services.endpoints, shop);
  try {
    await room.startWorker();
    const { promoted, workflowId, runId } = await room.retrain();
    if (promoted !== (outcome === 'promoted')) throw new Error(`expected ${outcome}, got promoted: ${promoted}`);
    const history = await room.client.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    const file = path.join(import.meta.dirname, `retrain-${version}-${outcome}.json`);
    await writeHistory(file, history);
    console.error(`${file}: ${history.events?.length} events`);
  } finally {
    await room.clear();
  }
}
