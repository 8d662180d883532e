import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { progress } from '../cli/output.ts';
import { type Config, readConfig } from '../schemas/config.ts';
import { createLog, type Log } from '../schemas/log.ts';
import { type Running, startServices } from '../services/index.ts';
import { topicSpecs } from '../streams/graph.ts';
import type { JobContext } from '../streams/job.ts';
import type { Bus } from '../streams/kafka/bus.ts';
import { connect } from '../streams/kafka/connect.ts';
import { Report } from '../streams/report.ts';

export interface Embedded {
  config: Config;
  bus: Bus;
  log: Log;
  /** Processes of the services. */
  pids: Running['pids'];
  /** A context for a job that runs in this process, where its CPU time can be read. */
  context(job: Report['job']): JobContext;
}

/** Services on empty data for the time of a benchmark. */
export async function withEmbedded<T>(
  work: (embedded: Embedded) => Promise<T>,
  { partitions = readConfig().partitions }: { partitions?: number } = {},
): Promise<T> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-bench-'));
  const running = await startServices({ ...readConfig(), dataDir }, { progress });
  const config: Config = { ...readConfig(), partitions, dataDir, ...running.endpoints };
  const log = createLog('bench', 'error');
  const bus = connect({ brokers: running.endpoints.kafka, name: 'temper-bench', log });
  const noStore = () => Promise.reject(new Error('no job of a benchmark uses ClickHouse'));
  const store = {
    insert: noStore,
    query: noStore,
    command: noStore,
    bytes: noStore,
    load: noStore,
    stop: async () => {},
    stream: () => {
      throw new Error('unused');
    },
  };
  try {
    await bus.ensureTopics(topicSpecs(config));
    return await work({
      config,
      bus,
      log,
      pids: running.pids,
      context: job => ({ config, bus, log, store, report: new Report(job, `bench-${job}`) }),
    });
  } finally {
    await bus.stop();
    await running.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
