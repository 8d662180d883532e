import type { Config } from '../schemas/settings/config.ts';

export const SERVICE_NAMES = ['kafka', 'temporal', 'clickhouse'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** What a service needs from its surroundings in order to be installed and started. */
export interface Context {
  name: ServiceName;
  config: Config;
  /** The service's own directory. Its program runs in it, so its configuration holds relative paths only. */
  directory: string;
  logFile: string;
  progress(line: string): void;
  signal: AbortSignal;
  /** Notes a started process in the pid file, so that the next Temper finds it if this one is killed. */
  record(pid: number): void;
}

/** A service that answers at its endpoint. One that runs elsewhere never dies here, and stopping it does nothing. */
export interface Service<Endpoint> {
  endpoint: Endpoint;
  stop(): Promise<void>;
  /** Resolves with the reason if the service ends without having been told to. */
  died: Promise<Error>;
}

/** A service that somebody else runs: its address is in the configuration. */
export function elsewhere<Endpoint>(endpoint: Endpoint): Service<Endpoint> {
  return { endpoint, stop: async () => {}, died: new Promise(() => {}) };
}
