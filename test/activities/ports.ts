import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Ports } from '../../activities/ports.ts';
import { ensureKey } from '../../models/registry/keys.ts';
import { createLog } from '../../schemas/log.ts';
import { type Config, readConfig } from '../../schemas/settings/config.ts';
import { type Answers, MemoryChampions, MemoryStore } from './memory-ports.ts';

export type TestPorts = Ports & { champions: MemoryChampions };

/** The topics of features are real ones, where a test needs them. */
const no = async () => {
  throw new Error('this test has no topics of features');
};
const NO_BACKFILLS: Ports['backfills'] = { begin: no, position: no, rebuild: no, compare: no, publish: no, clear: no };

const NO_USER_LOGS: Ports['userLogs'] = {
  stages: 0,
  ...{ mark: no, ends: no, snapshotEnds: no, behind: no, scan: no, cut: no },
};

/** What a test has; whoever asks for anything else is told that it is not there. */
export function portsOf<S extends Pick<Ports, 'config' | 'store'> & Partial<Ports>>(some: S): Ports & S {
  return {
    champions: new MemoryChampions(),
    backfills: NO_BACKFILLS,
    searches: { learned: no },
    ads: { learned: no },
    userLogs: NO_USER_LOGS,
    looked: () => {},
    log: createLog('test', 'silent'),
    ...some,
  };
}

/** Ports on an empty data directory, or on a given one; `clear` removes it. */
export async function testPorts<S extends Ports['store']>(
  store: S,
  more: Partial<Config> = {},
): Promise<{ ports: TestPorts & { store: S }; clear(): Promise<void> }> {
  const dataDir = more.dataDir ?? (await mkdtemp(path.join(os.tmpdir(), 'temper-activities-')));
  await ensureKey(path.join(dataDir, 'keys'), Date.now());
  return {
    ports: portsOf({ config: { ...readConfig({}), ...more, dataDir }, store, champions: new MemoryChampions() }),
    clear: () => rm(dataDir, { recursive: true, force: true }),
  };
}

export const memoryPorts = (answers: Answers = {}) => testPorts(new MemoryStore(answers));
