import path from 'node:path';
import type { Log } from '../../schemas/log.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { observed } from '../../streams/observe/observed.ts';
import type { Report } from '../../streams/report.ts';

export interface Observation {
  /** The bus with which the job works. */
  over(bus: Bus): Bus;
  /** Another exporter of this process, whose metrics are told with the job's. Does nothing where there are none. */
  include: ((url: string) => void) | undefined;
  phase(phase: 'running' | 'stopping'): void;
  stop(): Promise<void>;
}

/** How a job's process is looked at from outside. What is off is not loaded. A job works also where this does not. */
export async function observe(report: Report, { metrics, traces, dataDir }: Config, log: Log): Promise<Observation> {
  const directory = path.join(dataDir, 'metrics');
  const endpoint =
    metrics &&
    (await import('../../streams/observe/endpoint.ts')
      .then(({ openEndpoint }) => openEndpoint(report, metrics, directory))
      .catch(error => {
        log.warn({ code: 'METRICS_OFF', err: error }, 'nobody can ask this job for its metrics; all else goes on');
        return undefined;
      }));
  const spans =
    traces.ratio > 0
      ? (await import('../../streams/observe/traces.ts')).openTraces(report.job, traces, log)
      : undefined;
  return {
    over: bus => observed(bus, report, spans),
    include: endpoint && (url => endpoint.metrics.include(url)),
    phase: phase => endpoint?.phase(phase),
    async stop() {
      await spans?.stop();
      await endpoint?.stop();
    },
  };
}
