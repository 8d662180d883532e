import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { TemperError } from '../../schemas/errors.ts';
import { openApart } from './apart/apart.ts';
import { encode } from './file/encode.ts';
import { heldFromNext } from './held.ts';
import { type Data, type Dtype, type Graph, isGraph, type Shape } from './tensor.ts';
import { nodesOf } from './walk.ts';

/** Where ONNX Runtime computes. */
export type Provider = 'cpu' | 'cuda';

type Fed = Record<string, OrtTensor>;

/** A tensor with its numbers, as it goes into a session and comes out. Its data are shared, not copied. */
export interface Value {
  readonly type: string;
  readonly data: Data;
  readonly dims: readonly number[];
}

export interface SessionOptions {
  /** First choice first; the next is tried where one is not to be had. */
  providers?: readonly Provider[];
  /** Threads within one operation. */
  threads?: number;
  /** On a thread of its own, so that a run does not keep the caller's busy. */
  apart?: boolean;
  /** Told of each run how long it held its thread, without what it waited for others. */
  onRun?(held_ms: number): void;
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

/** An input or output of a session, with its symbolic dimensions by name. */
export interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
}

/** Numbers with a shape, ready to be fed. The data are shared with the caller, who may write into them between runs. */
export function value(dtype: Dtype, data: Data, dims: readonly number[]): Value {
  return new OrtTensor(dtype, data as Float32Array, dims) as Value;
}

/**
 * Opens a session on a graph, on the bytes of an ONNX file, or on the file at a path.
 *
 * @throws MODEL_REFUSED where none of the providers takes it
 */
export async function openSession(
  model: Graph | Uint8Array | string,
  { providers = ['cpu'], threads = 1, apart = false, onRun }: SessionOptions = {},
): Promise<Session> {
  const source = isGraph(model) ? encode(model) : model;
  const alone = isGraph(model) && addsByScatter(model);
  if (apart) return openApart(source, { providers, threads: alone ? 1 : threads }, { wrap: value, onRun });
  const refusals: unknown[] = [];
  for (const provider of providers) {
    try {
      const given = alone && provider === 'cpu' ? 1 : threads;
      return wrap(await load(source, provider, given), { provider, threads: given, onRun });
    } catch (cause) {
      refusals.push(cause);
    }
  }
  throw new TemperError('MODEL_REFUSED', {
    where: typeof model === 'string' ? model : 'a model in memory',
    expected: `a model that ONNX Runtime takes on ${providers.join(' or ')}`,
    cause: refusals.at(-1),
  });
}

/** ONNX Runtime loses additions of ScatterND where several threads of a processor make them (seen with 1.30.0). */
function addsByScatter({ tensors }: Graph): boolean {
  return nodesOf(tensors).some(
    ({ op, attributes }) =>
      (op === 'ScatterND' && attributes.reduction === 'add') ||
      Object.values(attributes).some(each => isGraph(each) && addsByScatter(each)),
  );
}

function load(source: Uint8Array | string, provider: Provider, threads: number): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  };
  return typeof source === 'string'
    ? InferenceSession.create(source, options)
    : InferenceSession.create(source, options);
}

interface Given {
  provider: Provider;
  threads: number;
  onRun: SessionOptions['onRun'] | undefined;
}

function wrap(session: InferenceSession, { provider, threads, onRun }: Given): Session {
  const inputs = ports(session.inputMetadata);
  return {
    provider,
    threads,
    inputs,
    outputs: ports(session.outputMetadata),
    run: async (feeds, into = {}) => {
      const fetches = Object.fromEntries(session.outputNames.map(name => [name, into[name] ?? null]));
      const held_ms = onRun && heldFromNext(); // ONNX Runtime leaves the run to the loop's next turn
      try {
        const results = await session.run(feeds as Fed, fetches as Fed);
        if (held_ms) onRun?.(held_ms());
        return results as unknown as Record<string, Value>;
      } catch (cause) {
        throw new TemperError('GRAPH_INVALID', { where: 'a run', expected: inputs.map(typeOf).join(', '), cause });
      }
    },
    release: () => session.release(),
  };
}

function ports(metadata: readonly InferenceSession.ValueMetadata[]): Port[] {
  return metadata.map(each => ({
    name: each.name,
    dtype: each.isTensor ? each.type : 'not a tensor',
    shape: each.isTensor ? each.shape : [],
  }));
}

function typeOf({ name, dtype, shape }: Port): string {
  return `${name} ${dtype}[${shape.join(', ')}]`;
}
