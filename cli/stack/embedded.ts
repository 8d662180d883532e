import { readGatePolicy } from '../../models/evaluate/verdict.ts';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { createLog } from '../../schemas/log.ts';
import { readPolicies } from '../../schemas/policies/policies.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { type Endpoints, startServices } from '../../services/index.ts';
import { jobsFor, topicSpecs } from '../../streams/graph.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { leaveNote, removeNote } from './endpoints.ts';
import { type Supervised, supervise } from './supervisor.ts';
import { requireEncoders } from './weights.ts';

export interface Stack {
  config: Config;
  endpoints: Endpoints;
  bus: Bus;
  store: Store;
  jobs: Supervised;
  /** Resolves with the reason where a service or a job can't go on. */
  failed: Promise<Error>;
  stop(): Promise<void>;
}

/** Everything that Temper is: services, topics, tables, jobs. What was started is stopped again, newest first, also when a later step fails. */
export async function startStack(
  config: Config,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<Stack> {
  // What is wrong is told before anything is started.
  readPolicies(config.policy);
  readGatePolicy(config.gates);
  requireEncoders(config);
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse())
      await step().catch(error => progress(`while stopping: ${error.message}`));
  };
  try {
    const services = await startServices(config, { progress, signal });
    undo.push(() => services.stop());
    const full: Config = { ...config, ...services.endpoints };
    await ensureKey(keysIn(full), Date.now());

    const bus = connect({
      brokers: services.endpoints.kafka,
      access: full.kafkaAccess,
      name: 'temper-launcher',
      log: createLog('launcher', 'error'),
    });
    undo.push(() => bus.stop());
    const created = await bus.ensureTopics(topicSpecs(full));
    if (created.length > 0) progress(`created ${created.length} topics`);
    const store = await openStore(services.endpoints.clickhouse, full.clickhouseDatabase, full.clickhouseTls);
    undo.push(() => store.stop());

    progress('starting the jobs');
    const jobs = await supervise(jobsFor(full), full, { signal });
    undo.push(() => jobs.stop());
    await leaveNote(full, services.endpoints);
    undo.push(() => removeNote(full));
    return {
      config: full,
      endpoints: services.endpoints,
      bus,
      store,
      jobs,
      failed: Promise.race([services.failed, jobs.failed]),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
