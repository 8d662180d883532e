import { hostname } from 'node:os';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { createLog, lastWords } from '../../schemas/log.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { JOBS, type JobName, topicSpecs, usesStore } from '../../streams/graph.ts';
import type { JobContext, RunningJob } from '../../streams/job.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { Report } from '../../streams/report.ts';
import { onAskedToStop } from '../asked-to-stop.ts';
import { progress } from '../output.ts';
import { findEndpoints } from './endpoints.ts';
import { observe } from './observe.ts';
import { encoderWeights } from './weights.ts';

/** Each job loads its own code only: a scorer starts without Temporal, a sink without ONNX Runtime. */
const STARTERS: Record<JobName, (context: JobContext) => Promise<RunningJob>> = {
  pseudonyms: async context => (await import('../../streams/pseudonyms/job.ts')).startPseudonyms(context),
  features: async context => (await import('../../streams/features/job.ts')).startFeatures(context),
  scorer: async context =>
    (await import('../../streams/scorer/job.ts')).startScorer(context, encoderWeights(context.config)),
  enrich: async context =>
    (await import('../../streams/enrich/job.ts')).startEnrich(context, encoderWeights(context.config)),
  outcomes: async context => (await import('../../streams/outcomes/job.ts')).startOutcomes(context),
  billing: async context => (await import('../../streams/ads/billing.ts')).startBilling(context),
  support: async context =>
    (await import('../../streams/support/job.ts')).startSupport(context, encoderWeights(context.config)),
  sinks: async context => (await import('../../streams/sinks/job.ts')).startSinks(context),
  worker: async context => (await import('./worker.ts')).startWorkerJob(context),
};

/**
 * A broker that is gone can't be taken leave of, and what waits for it must not stay for ever: kafkajs tries for half a
 * minute for each client, commit and record that waits. It is also how long a launcher waits. Nothing is lost by it.
 */
const LEAVE_MS = 20_000;

/**
 * One job of the graph as this process; any number of processes may run the same job and share its partitions.
 * Ends on SIGINT or SIGTERM with 0; with 1 and a reason where the job can't go on.
 */
export async function runJob(job: JobName, config: Config): Promise<number> {
  const endpoints = await findEndpoints(config);
  const log = createLog(job, config.log);
  const report = new Report(job, `${job}-${hostname()}-${process.pid}`);
  const observation = await observe(report, config, log);
  const bus = connect({ brokers: endpoints.kafka, access: config.kafkaAccess, name: `temper-${job}`, log });
  const store = await storeFor(job, bus, { ...config, ...endpoints }).catch(async error => {
    await observation.stop(); // who listens stays
    throw error;
  });
  const leave = async (running?: RunningJob) => {
    setTimeout(() => process.exit(1), LEAVE_MS).unref();
    observation.phase('stopping');
    await running?.stop();
    await store.stop();
    await bus.stop();
    await observation.stop();
    if (process.connected) process.disconnect(); // the channel to a launcher would keep this process alive
  };
  const starting = STARTERS[job]({
    ...{ config: { ...config, ...endpoints }, bus: observation.over(bus), store, report, log },
    ...(observation.include && { includeMetrics: observation.include }),
  });
  const running = await starting.catch(async error => {
    await leave();
    throw error;
  });
  const stopping = asked(); // before others are told: they may ask at once
  observation.phase('running');
  process.send?.('ready');
  log.info({ code: 'JOB_STARTED', does: JOBS[job].does }, 'started');

  const ended = await Promise.race([stopping, running.failed]);
  if (ended instanceof Error) progress(`${job}: ${lastWords(ended)}`);
  await leave(running);
  return ended instanceof Error ? 1 : 0;
}

async function storeFor(job: JobName, bus: Bus, config: Config): Promise<Store> {
  await bus.ensureTopics(topicSpecs(config));
  if (!usesStore(job)) return withoutStore(job);
  return openStore(config.clickhouse!, config.clickhouseDatabase, config.clickhouseTls);
}

/** Somebody asks this process to stop: a signal, or a launcher that is gone. */
function asked(): Promise<'asked'> {
  return new Promise(resolve => {
    onAskedToStop(() => resolve('asked'));
    if (process.send) process.once('disconnect', () => resolve('asked'));
  });
}

function withoutStore(job: JobName): Store {
  const refuse = () => {
    throw new Error(`the job graph gives ${job} no table: declare what it fills or asks in streams/graph.ts`);
  };
  return {
    insert: refuse,
    query: refuse,
    stream: refuse,
    command: refuse,
    bytes: refuse,
    load: refuse,
    stop: async () => {},
  };
}
