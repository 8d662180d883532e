import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { createLog } from '../../schemas/log.ts';
import { type Config, readConfig } from '../../schemas/settings/config.ts';
import { startClickhouse } from '../../services/clickhouse.ts';
import { startKafka } from '../../services/kafka.ts';
import type { Context, Service, ServiceName } from '../../services/service.ts';
import { startTemporal } from '../../services/temporal.ts';
import { type JobName, topicSpecs } from '../../streams/graph.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { type JobProcess, startJob, testConfig } from '../job-process.ts';
import { startProxy, type TcpProxy } from './network/proxy.ts';

/** A real server behind a proxy, that can be killed, frozen, and started again on its data. */
export interface Server {
  proxy: TcpProxy;
  pid(): number;
  /** kill -9 */
  crash(): Promise<void>;
  freeze(): void;
  thaw(): void;
  start(): Promise<void>;
  /** In good order, with its proxy staying. */
  stopProgram(): Promise<void>;
  stop(): Promise<void>;
}

/** Kafka, ClickHouse and the product's jobs, all of them real processes, with a proxy before each service. */
export interface Stack {
  config: Config;
  kafka: Server;
  clickhouse: Server;
  /** Where the case has workflows. */
  temporal: Server | undefined;
  bus: ReturnType<typeof connect>;
  store: Store;
  /** Past the proxy. */
  direct(): Promise<Store>;
  run(job: JobName): Promise<JobProcess>;
  running(job?: JobName): JobProcess[];
  /** All that ever ran, with what they said. */
  started: readonly JobProcess[];
  stop(): Promise<void>;
}

export interface StackOptions {
  progress(line: string): void;
  signal: AbortSignal;
  environment?: Record<string, string>;
  temporal?: boolean;
  /** Whether jobs are started to tell what memory they hold. */
  tellsMemory?: boolean;
}

const LOOPBACK = '127.0.0.1';
/** Most cases need no Temporal; a job only wants to know where it is. */
const NOWHERE = `${LOOPBACK}:1`;

export async function startStack(options: StackOptions): Promise<Stack> {
  const { progress, signal, environment = {}, tellsMemory = false } = options;
  const withTemporal = options.temporal ?? false;
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-faults-'));
  const undo: (() => Promise<void>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step().catch(error => progress(`while stopping: ${error}`));
  };
  try {
    const own = { ...readConfig(), dataDir, kafka: undefined, clickhouse: undefined, temporal: undefined };
    const starting = { config: own, progress, signal };
    let url = '';
    const kafka = await serverOf('kafka', starting, async (context, port) => {
      const service = await startKafka(context, `${LOOPBACK}:${port}`);
      return { service, port: Number(service.endpoint[0]!.split(':').at(-1)) };
    });
    undo.push(() => kafka.stop());
    const clickhouse = await serverOf('clickhouse', starting, async context => {
      const service = await startClickhouse(context);
      url = service.endpoint;
      return { service, port: Number(new URL(url).port) };
    });
    undo.push(() => clickhouse.stop());
    const temporal = withTemporal
      ? await serverOf('temporal', starting, async context => {
          const service = await startTemporal(context);
          return { service, port: Number(service.endpoint.address.split(':').at(-1)) };
        })
      : undefined;
    undo.push(async () => temporal?.stop());
    await Promise.all([kafka.start(), clickhouse.start(), temporal?.start()]);

    const proxied = new URL(url);
    proxied.port = String(clickhouse.proxy.port);
    const endpoints = {
      kafka: [`${LOOPBACK}:${kafka.proxy.port}`],
      temporal: temporal ? `${LOOPBACK}:${temporal.proxy.port}` : NOWHERE,
      temporalUi: undefined,
      clickhouse: proxied.href.replace(/\/$/, ''),
    };
    const config = { ...testConfig(endpoints, 'temper_faults', environment), dataDir };
    const bus = connect({ brokers: config.kafka!, name: 'faults', log: createLog('faults', 'silent') });
    undo.push(() => bus.stop());
    await bus.ensureTopics(topicSpecs(config));
    const store = await openStore(config.clickhouse!, config.clickhouseDatabase);
    undo.push(() => store.stop());
    const jobs = new Set<JobProcess>();
    const all: JobProcess[] = [];
    undo.push(async () => void (await Promise.all([...jobs].map(finish))));
    return {
      config,
      kafka,
      clickhouse,
      temporal,
      bus,
      store,
      direct: () => openStore(url, config.clickhouseDatabase),
      async run(job) {
        const started = await startJob(job, config, { tellsMemory });
        jobs.add(started);
        all.push(started);
        void started.ended.then(() => jobs.delete(started));
        return started;
      },
      started: all,
      running: job => [...jobs].filter(each => job === undefined || each.job === job),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A frozen process hears nothing else. */
async function finish(job: JobProcess): Promise<void> {
  process.kill(job.pid, 'SIGCONT');
  await job.kill();
}

type Starting = Pick<Context, 'config' | 'progress' | 'signal'>;

async function serverOf<E>(
  name: ServiceName,
  starting: Starting,
  begin: (context: Context, proxyPort: number) => Promise<{ service: Service<E>; port: number }>,
): Promise<Server> {
  const proxy = await startProxy();
  let service: Service<E> | undefined;
  let pid = 0;
  const { dataDir } = starting.config;
  const context: Context = {
    ...starting,
    name,
    directory: path.join(dataDir, 'services', name),
    logFile: path.join(dataDir, 'logs', `${name}.log`),
    record: started => {
      pid = started;
    },
  };
  const send = (signal: NodeJS.Signals) => void process.kill(pid, signal);
  const stopProgram = async () => {
    if (service) send('SIGCONT');
    await service?.stop();
    service = undefined;
  };
  return {
    proxy,
    pid: () => pid,
    async crash() {
      send('SIGKILL');
      await service?.died;
      service = undefined;
    },
    freeze: () => send('SIGSTOP'),
    thaw: () => send('SIGCONT'),
    async start() {
      const begun = await begin(context, proxy.port);
      service = begun.service;
      proxy.aim(begun.port);
    },
    stopProgram,
    async stop() {
      await stopProgram();
      await proxy.stop();
    },
  };
}
