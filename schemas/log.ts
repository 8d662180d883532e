import pino from 'pino';

/** JSON lines on standard error: standard output belongs to results. */
export type Log = pino.Logger;

export function createLog(name: string, level: string): Log {
  return pino({ name, level, base: { pid: process.pid } }, pino.destination({ dest: 2, sync: true }));
}
