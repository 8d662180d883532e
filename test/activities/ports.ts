import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Ports } from '../../activities/ports.ts';
import { type Config, readConfig } from '../../schemas/config.ts';
import { createLog } from '../../schemas/log.ts';
import { type Answers, MemoryChampions, MemoryStore } from './memory-ports.ts';

export type TestPorts = Ports & { champions: MemoryChampions };

/** Ports on an empty data directory, or on a given one; `clear` removes it. */
export async function testPorts<S extends Ports['store']>(
  store: S,
  more: Partial<Config> = {},
): Promise<{ ports: TestPorts & { store: S }; clear(): Promise<void> }> {
  const dataDir = more.dataDir ?? (await mkdtemp(path.join(os.tmpdir(), 'temper-activities-')));
  return {
    ports: {
      config: { ...readConfig({}), ...more, dataDir },
      store,
      champions: new MemoryChampions(),
      log: createLog('test', 'silent'),
    },
    clear: () => rm(dataDir, { recursive: true, force: true }),
  };
}

export const memoryPorts = (answers: Answers = {}) => testPorts(new MemoryStore(answers));
