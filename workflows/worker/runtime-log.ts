import { IllegalStateError } from '@temporalio/common';
import { DefaultLogger, type LogLevel, Runtime } from '@temporalio/worker';
import { type Log, type LogLine, unquoted } from '../../schemas/log.ts';

/**
 * Sends what Temporal's SDK has to say into Temper's log instead of to standard error, and leaves the process's signals
 * to whoever started it. The SDK has one runtime a process: the first worker's log stays.
 *
 * @param metrics host:port at which the SDK tells its own metrics, by Prometheus's rules for names; undefined: nowhere
 */
export function routeLogs(log: Log, metrics?: string): void {
  const logger = new DefaultLogger('DEBUG', ({ level, message, meta }) => {
    log[LEVELS[level]](lineOf(meta), `temporal: ${unquoted(message)}`);
  });
  try {
    Runtime.install({
      logger,
      shutdownSignals: [],
      telemetryOptions: {
        logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
        ...(metrics && { metrics: { prometheus: { bindAddress: metrics, ...NAMING } } }),
      },
    });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}

const NAMING = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };

/** Its everyday events are details to Temper's reader. */
const LEVELS = { TRACE: 'trace', DEBUG: 'trace', INFO: 'debug', WARN: 'warn', ERROR: 'error' } satisfies Record<
  LogLevel,
  keyof Log
>;

function lineOf(meta: Record<string | symbol, unknown> = {}): LogLine {
  const { error, workflowId, runId, workflowType, activityType, taskQueue, attempt } = meta;
  return {
    ...{ code: 'TEMPORAL_SDK', workflow: text(workflowId), run: text(runId), queue: text(taskQueue) },
    ...{ type: text(activityType) ?? text(workflowType), attempt: Number(attempt) || undefined },
    ...(error !== undefined && { err: error }),
  };
}

function text(of: unknown): string | undefined {
  return typeof of === 'string' ? of : undefined;
}
