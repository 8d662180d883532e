import type { ErrorCode, ErrorDetail } from '../../../schemas/errors.ts';
import { type Data, DTYPES, type Dtype } from '../tensor.ts';
import type { Opening, Session, Source } from './session.ts';

/** What goes into a run: its numbers stand at the beginning of memory that both threads see. */
export interface Fed {
  name: string;
  type: Dtype;
  dims: readonly number[];
  length: number;
  memory: SharedArrayBuffer;
}

/** What comes out of one, copied. */
export interface Made {
  name: string;
  type: Dtype;
  dims: readonly number[];
  data: Data;
}

export type Opened = Pick<Session, 'provider' | 'threads' | 'inputs' | 'outputs'>;

export interface Ran {
  made: readonly Made[];
  /** How long the run held the thread, where that was asked. */
  held_ms: number | undefined;
}

/** What the thread is asked, of a session by its number. */
export type Wish = { open: Source; opening: Opening } | { run: readonly Fed[]; isTimed: boolean } | { release: true };

export type Asked = { id: number; session: number; wish: Wish } | 'close';

export type Answer = Opened | Ran | undefined;

export interface Failure {
  message: string;
  /** Where it is an error that Temper names. */
  named?: { code: ErrorCode; detail: ErrorDetail };
}

export type Reply = { id: number } & ({ answer: Answer } | { failure: Failure });

/** The first numbers of memory that both threads see. */
export function viewOf(type: Dtype, memory: SharedArrayBuffer, length: number): Data {
  const array = DTYPES[type].array as new (memory: ArrayBufferLike, offset: number, length: number) => Data;
  return new array(memory, 0, length);
}
