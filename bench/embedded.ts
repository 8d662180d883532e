import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { progress } from '../cli/output.ts';
import { createLog } from '../schemas/log.ts';
import { type Config, readConfig } from '../schemas/settings/config.ts';
import { type Running, startServices } from '../services/index.ts';
import { topicSpecs } from '../streams/graph.ts';
import type { Bus } from '../streams/kafka/bus.ts';
import { connect } from '../streams/kafka/connect.ts';
import type { Operator } from '../streams/kafka/operator.ts';

export interface Embedded {
  config: Config;
  bus: Bus & { operator: Operator };
  /** Processes of the services. */
  pids: Running['pids'];
}

/** Services on empty data for the time of a benchmark. */
export async function withEmbedded<T>(
  work: (embedded: Embedded) => Promise<T>,
  { partitions = readConfig().partitions, signal }: { partitions?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-bench-'));
  const running = await startServices({ ...readConfig(), dataDir }, { progress, ...(signal && { signal }) });
  const config: Config = { ...readConfig(), partitions, dataDir, ...running.endpoints };
  const log = createLog('bench', 'error');
  const bus = connect({ brokers: running.endpoints.kafka, name: 'temper-bench', log });
  try {
    await bus.ensureTopics(topicSpecs(config));
    return await work({ config, bus, pids: running.pids });
  } finally {
    await bus.stop();
    await running.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
