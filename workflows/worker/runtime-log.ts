import { IllegalStateError } from '@temporalio/common';
import { DefaultLogger, type LogLevel, Runtime } from '@temporalio/worker';
import type { Log } from '../../schemas/log.ts';

/**
 * Sends what Temporal's SDK has to say into Temper's log instead of to standard error, and leaves the process's signals
 * to whoever started it. The SDK has one runtime a process: the first worker's log stays.
 */
export function routeLogs(log: Log): void {
  const logger = new DefaultLogger('DEBUG', ({ level, message, meta }) => {
    log[LEVELS[level]](attributesOf(meta), `temporal: ${message}`);
  });
  try {
    Runtime.install({
      logger,
      shutdownSignals: [],
      telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}

/** Its everyday events are details to Temper's reader. */
const LEVELS = { TRACE: 'trace', DEBUG: 'trace', INFO: 'debug', WARN: 'warn', ERROR: 'error' } satisfies Record<
  LogLevel,
  keyof Log
>;

function attributesOf(meta: Record<string | symbol, unknown> = {}): object {
  const { error, ...rest } = meta;
  return error === undefined ? rest : { ...rest, err: error };
}
