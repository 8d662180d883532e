import type { Store } from '../schemas/clickhouse.ts';
import type { Log } from '../schemas/log.ts';
import type { Config } from '../schemas/settings/config.ts';
import type { Bus } from './kafka/bus.ts';
import type { Report } from './report.ts';

/** What every job gets from whoever starts it. */
export interface JobContext {
  config: Config;
  bus: Bus;
  store: Store;
  report: Report;
  log: Log;
  /** Takes the address of another exporter of this process; absent where nobody asks for metrics. */
  includeMetrics?: (url: string) => void;
}

/** A started job. It stops when asked, or says why it can't go on. */
export interface RunningJob {
  stop(): Promise<void>;
  failed: Promise<Error>;
}
