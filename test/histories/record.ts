/**
 * Records the histories that replay.thorough.test.ts replays, from real runs: `node --import tsx test/histories/record.ts v4`
 * after a change of a workflow that old runs cannot follow; the older files stay, and must go on replaying. With names
 * behind the version, of these alone. A backfill with real steps needs the jobs: that of `backfill-v1.json` is the run of
 * test/streams/features/backfill/backfill.long.test.ts, written with `writeHistory` before that ends.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '../../schemas/settings/config.ts';
import { startServices } from '../../services/index.ts';
import { backfills } from './recordings/backfills.ts';
import { checkFeatures, retention, searches } from './recordings/briefly.ts';
import { erasure, erasureAgain } from './recordings/erasures.ts';
import { type Recording, recorderOf } from './recordings/recorder.ts';
import { occasions, refusal, retrainings, unfit } from './recordings/retrainings.ts';
import { ends, resumption, trial } from './recordings/trials.ts';
import { look, watches } from './recordings/watches.ts';

const RECORDINGS: Record<string, Recording> = {
  ...{ retrain: retrainings, refused: refusal, unfit, occasions },
  ...{ trial, ends, resumption },
  ...{ backfill: backfills, watch: watches, look },
  ...{ erase: erasure, again: erasureAgain },
  ...{ 'check-features': checkFeatures, 'learn-searches': searches, retain: retention },
};

const [version, ...wanted] = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : Object.keys(RECORDINGS);
const unknown = names.filter(name => !(name in RECORDINGS));
if (!version || unknown.length > 0) {
  throw new Error(`expected a version and any of ${Object.keys(RECORDINGS).join(', ')}; got ${process.argv.slice(2)}`);
}

const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-record-'));
const services = await startServices({ ...readConfig(), dataDir }, { progress: line => console.error(line) });
try {
  const recorder = recorderOf(services.endpoints, version);
  try {
    for (const name of names) await RECORDINGS[name]!(recorder);
  } finally {
    await recorder.clear();
  }
} finally {
  await services.stop();
  await rm(dataDir, { recursive: true, force: true });
}
