/**
 * Every failure that Temper names. One table, so that a reader can see the whole list,
 * and a caller can ask of any of them whether trying again can help.
 */
const ERRORS = {
  CONFIG_INVALID: { retryable: false, says: 'the configuration is not valid' },
  TOOL_MISSING: { retryable: false, says: 'a program that is needed is not on this machine' },
  INSTALL_FAILED: { retryable: true, says: 'a package could not be installed' },
  SERVICE_FAILED: { retryable: true, says: 'a service did not start or stopped by itself' },
  DIRECTORY_IN_USE: { retryable: false, says: 'another Temper is using this data directory' },
  DISK_FULL: { retryable: true, says: 'no space is left on the disk' },
  PORT_TAKEN: { retryable: false, says: 'a port is in use by another program' },
  UNREACHABLE: { retryable: true, says: 'a service does not answer at its address' },
  TLS_REFUSED: { retryable: false, says: 'a connection could not be made secure' },
  CREDENTIALS_REFUSED: { retryable: false, says: 'a service did not take the user, password or key' },
  RECORD_REFUSED: { retryable: false, says: 'a record is not what its topic takes' },
  OFFSET_LOST: { retryable: false, says: 'the next offset to read is no longer in the log' },
  TOPIC_MISSING: { retryable: false, says: 'a topic of the job graph is not there' },
  OVERTAKEN: { retryable: true, says: 'another process wrote where only this one should' },
  FILE_MISSING: { retryable: true, says: 'a file that an earlier step wrote is not on this machine' },
  JOB_CRASHED: { retryable: false, says: 'a job of the graph stopped by itself' },
  INPUT_INVALID: { retryable: false, says: 'the input is not valid' },
  GRAPH_INVALID: { retryable: false, says: 'a tensor graph is not valid' },
  TRAINING_DIVERGED: { retryable: false, says: 'training met a value that is not finite' },
  NOT_CONVERGED: { retryable: false, says: 'a result did not reach its tolerance' },
  MODEL_REFUSED: { retryable: false, says: 'a model was refused' },
  DATA_INSUFFICIENT: { retryable: false, says: 'there is too little data' },
  SIGN_IN_NEEDED: { retryable: false, says: 'nobody is signed in' },
  NOT_ALLOWED: { retryable: false, says: 'who asks may not do that' },
  NOT_FOUND: { retryable: false, says: 'there is no such thing' },
  TOO_MANY: { retryable: true, says: 'more was asked for than is answered at once' },
  CANCELLED: { retryable: false, says: 'somebody stopped it before its end' },
  TIMED_OUT: { retryable: true, says: 'something took longer than it may' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  /** What was expected. */
  expected?: string;
  /** What came instead. */
  got?: string;
  /** Where: topic/partition/offset, file and line, op and node, a variable's name. */
  where?: string;
  /** What the reader can do next. */
  next?: string;
  cause?: unknown;
}

/** An error with a code from the table; its message says what was expected, what came, where, and what to do. */
export class TemperError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    super(sentence(code, detail), detail.cause === undefined ? {} : { cause: detail.cause });
    this.name = 'TemperError';
    this.code = code;
    this.retryable = ERRORS[code].retryable;
    this.detail = detail;
  }
}

/** Its message, with what its cause says as `tell` tells it: what others say may quote what nobody should read. */
export function retold({ code, detail }: TemperError, tell: (message: string) => string): string {
  const { cause } = detail;
  return sentence(code, cause instanceof Error ? { ...detail, cause: new Error(tell(cause.message)) } : detail);
}

function sentence(code: ErrorCode, { expected, got, where, next, cause }: ErrorDetail): string {
  const parts = [`${code}: ${ERRORS[code].says}`];
  if (where) parts.push(`at ${where}`);
  if (expected) parts.push(`expected ${expected}`);
  if (got) parts.push(`got ${got}`);
  // Others end their messages as sentences; this one goes on.
  if (cause instanceof Error) parts.push(`because ${cause.message.replace(/\.+$/, '')}`);
  return parts.join('; ') + (next ? `. ${next}` : '');
}
