import pino from 'pino';
import { retold, TemperError } from './errors.ts';
import type { LogCode } from './log-codes.ts';

/** What a line may say beside its code and its words: places, names and numbers, and never what a record says. */
type Field =
  | ('topic' | 'partition' | 'from' | 'to' | 'broker' | 'group' | 'retry' | 'answers' | 'port')
  | ('model' | 'role' | 'provider' | 'generation' | 'attempt' | 'pause_ms' | 'encoder' | 'kind' | 'reason' | 'does')
  | ('workflow' | 'run' | 'type' | 'queue' | 'id' | 'deed' | 'by' | 'surface' | 'outcome' | 'detail' | 'path');

export type LogLine = { readonly code: LogCode; readonly err?: unknown } & {
  readonly [name in Field]?: string | number | undefined;
};

type Say = (line: LogLine, message: string) => void;

export interface Log {
  trace: Say;
  debug: Say;
  info: Say;
  warn: Say;
  error: Say;
}

/** JSON lines on standard error: standard output belongs to results. */
export function createLog(name: string, level: string): Log {
  return pino(
    { name, level, base: { pid: process.pid }, serializers: { err: toldError } },
    pino.destination({ dest: 2, sync: true }),
  );
}

interface ToldError {
  type: string;
  code?: string;
  message: string;
  stack?: string;
  cause?: ToldError;
}

const MAX_CAUSES = 4;
const MAX_CHARS = 300;

/**
 * An error without what it quotes. A parser's quotes what it read, and ClickHouse's the row, or the query: of messages
 * that are not Temper's own, all from the first quotation mark on is left out, as are all fields but the code.
 */
export function toldError(error: unknown, depth = 0): ToldError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error' };
  const { name, code, cause } = error as Error & { code?: unknown };
  const frames = error.stack?.split('\n').filter(line => /^\s+at /.test(line));
  return {
    type: name,
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    message: error instanceof TemperError ? retold(error, unquoted) : unquoted(error.message),
    ...(frames?.length && { stack: frames.join('\n') }),
    ...(cause !== undefined && depth < MAX_CAUSES && { cause: toldError(cause, depth + 1) }),
  };
}

/** The same for people, in one text: a bug keeps its stack. */
export function lastWords(error: Error): string {
  const { type, message, stack } = toldError(error);
  return error instanceof TemperError ? message : [`${type}: ${message}`, stack].filter(Boolean).join('\n');
}

export function unquoted(message: string): string {
  const cut = message.search(/["'`“‘«\n]/);
  const said = cut < 0 ? message : `${message.slice(0, cut)}…`;
  return said.length > MAX_CHARS ? `${said.slice(0, MAX_CHARS)}…` : said;
}
