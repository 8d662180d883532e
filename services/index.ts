import path from 'node:path';
import { TemperError } from '../schemas/errors.ts';
import type { Config } from '../schemas/settings/config.ts';
import { startClickhouse } from './clickhouse.ts';
import { startKafka } from './kafka.ts';
import { type Lock, lockDirectory } from './process/lock.ts';
import type { Context, Service, ServiceName } from './service.ts';
import { startTemporal } from './temporal.ts';

export interface Endpoints {
  /** Brokers as host:port. */
  kafka: string[];
  /** Frontend as host:port. */
  temporal: string;
  temporalUi: string | undefined;
  /** http(s)://user:password@host:port */
  clickhouse: string;
}

export interface Running {
  endpoints: Endpoints;
  /** Processes of those that were started here. */
  pids: ReadonlyMap<ServiceName, number>;
  stop(): Promise<void>;
  /** Resolves with the reason if a service ends by itself. */
  failed: Promise<Error>;
}

export interface StartOptions {
  progress?: (line: string) => void;
  /** Gives the start up: what has been started is stopped again. */
  signal?: AbortSignal;
}

/** How often a service gets other ports because a program took its own between choice and use. */
const PORT_ATTEMPTS = 3;

/**
 * Starts whatever the configuration gives no URL for, all three side by side, and resolves when all of them answer.
 * If one fails, the others are stopped before the error is thrown. Only where something is started here is the data
 * directory locked: processes that use services elsewhere may share it.
 */
export async function startServices(config: Config, options: StartOptions = {}): Promise<Running> {
  const { progress = () => {}, signal } = options;
  const allElsewhere = config.kafka && config.temporal && config.clickhouse;
  const lock = allElsewhere ? NO_LOCK : await lockDirectory(config.dataDir, progress);
  const giveUp = new AbortController();
  const pids = new Map<ServiceName, number>();
  const context = (name: ServiceName): Context => ({
    name,
    config,
    directory: path.join(config.dataDir, 'services', name),
    logFile: path.join(config.dataDir, 'logs', `${name}.log`),
    progress,
    signal: signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal,
    record: pid => {
      pids.set(name, pid);
      lock.record(name, pid);
    },
  });
  const begin = async <E>(name: ServiceName, start: (context: Context) => Promise<Service<E>>): Promise<Service<E>> => {
    try {
      return await withFreePorts(() => start(context(name)));
    } catch (error) {
      giveUp.abort(error);
      throw error;
    }
  };

  const starts = [
    begin('kafka', startKafka),
    begin('temporal', startTemporal),
    begin('clickhouse', startClickhouse),
  ] as const;
  const settled = await Promise.allSettled(starts);
  const services = settled.flatMap(start => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async () => {
    await Promise.all(services.map(service => service.stop()));
    lock.release();
  };
  try {
    signal?.throwIfAborted();
    giveUp.signal.throwIfAborted();
    const [kafka, temporal, clickhouse] = await Promise.all(starts);
    return {
      endpoints: {
        kafka: kafka.endpoint,
        temporal: temporal.endpoint.address,
        temporalUi: temporal.endpoint.ui,
        clickhouse: clickhouse.endpoint,
      },
      pids,
      stop,
      failed: Promise.race(services.map(service => service.died)),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** ClickHouse alone, for work that needs nothing else; its endpoint is a URL as in `startServices`. */
export async function startStore(config: Config, options: StartOptions = {}): Promise<Service<string>> {
  const { progress = () => {}, signal = new AbortController().signal } = options;
  const lock = config.clickhouse ? NO_LOCK : await lockDirectory(config.dataDir, progress);
  try {
    const context = contextOf('clickhouse', config, lock, { progress, signal });
    const service = await withFreePorts(() => startClickhouse(context));
    const stop = () => service.stop().finally(() => lock.release());
    return { ...service, stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

const NO_LOCK: Lock = { record() {}, release() {} };

function contextOf(
  name: ServiceName,
  config: Config,
  lock: Lock,
  { progress, signal }: Pick<Context, 'progress' | 'signal'>,
): Context {
  return {
    name,
    config,
    directory: path.join(config.dataDir, 'services', name),
    logFile: path.join(config.dataDir, 'logs', `${name}.log`),
    progress,
    signal,
    record: pid => lock.record(name, pid),
  };
}

async function withFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const taken = error instanceof TemperError && error.code === 'PORT_TAKEN';
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}
