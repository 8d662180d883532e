import type { Data, Shape } from '../tensor.ts';

/** Where ONNX Runtime computes. */
export type Provider = 'cpu' | 'cuda';

/** A tensor with its numbers, as it goes into a session and comes out. Its data are shared, not copied. */
export interface Value {
  readonly type: string;
  readonly data: Data;
  readonly dims: readonly number[];
}

/** An input or output of a session, with its symbolic dimensions by name. */
export interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
}

export interface SessionOptions {
  /** First choice first; the next is tried where one is not to be had. */
  providers?: readonly Provider[];
  /** Threads within one operation. */
  threads?: number;
  /** On a thread of its own, so that a run does not keep the caller's busy. */
  apart?: boolean;
  /** Told how long runs hold their thread. */
  timing?: RunTiming;
}

/** For whom runs are timed. */
export interface RunTiming {
  /** Whether they are, at this time: it costs a run 0.1 ms. */
  wanted: boolean;
  /** Told of a run how long it held its thread, without what it waited for others. */
  took(held_ms: number): void;
}

/** A model that is ready to run. */
export interface Session {
  /** The provider that it really got. */
  readonly provider: Provider;
  /** Threads within one operation that it really has. */
  readonly threads: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * Runs the model. Where the session is not `apart`, the run keeps the thread busy: long ones belong into a process of
   * their own.
   *
   * @param into where outputs are to be written; those that are not named here get memory of their own
   * @throws GRAPH_INVALID where the values do not fit the model
   */
  run(feeds: Readonly<Record<string, Value>>, into?: Readonly<Record<string, Value>>): Promise<Record<string, Value>>;
  /** Frees the session's memory; it cannot run any more. */
  release(): Promise<void>;
}

/** What a session is opened on: the bytes of an ONNX file, or the file's path. */
export type Source = Uint8Array | string;

/** What a session is opened with, wherever that is. */
export interface Opening {
  readonly providers: readonly Provider[];
  /** Threads within one operation. */
  readonly threads: number;
  /** Fewer, on a processor: undefined where any number will do. */
  readonly cpuThreads?: number;
}
