import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { TemperError } from '../../../schemas/errors.ts';
import type { Data, Dtype } from '../tensor.ts';
import { heldFromNext } from './held.ts';
import type { Opening, Port, Provider, RunTiming, Session, Source, Value } from './session.ts';

type Fed = Record<string, OrtTensor>;

/** Numbers with a shape, ready to be fed. The data are shared with the caller, who may write into them between runs. */
export function value(dtype: Dtype, data: Data, dims: readonly number[]): Value {
  return new OrtTensor(dtype, data as Float32Array, dims) as Value;
}

/**
 * A session on the caller's thread.
 *
 * @throws MODEL_REFUSED where none of the providers takes it
 */
export async function openHere(
  source: Source,
  { providers, threads, cpuThreads = threads }: Opening,
  timing?: RunTiming,
): Promise<Session> {
  const refusals: unknown[] = [];
  for (const provider of providers) {
    try {
      const given = provider === 'cpu' ? cpuThreads : threads;
      return wrap(await load(source, provider, given), { provider, threads: given, timing });
    } catch (cause) {
      refusals.push(cause);
    }
  }
  throw new TemperError('MODEL_REFUSED', {
    where: typeof source === 'string' ? source : 'a model in memory',
    expected: `a model that ONNX Runtime takes on ${providers.join(' or ')}`,
    cause: refusals.at(-1),
  });
}

function load(source: Source, provider: Provider, threads: number): Promise<InferenceSession> {
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
  timing: RunTiming | undefined;
}

function wrap(session: InferenceSession, { provider, threads, timing }: Given): Session {
  const inputs = ports(session.inputMetadata);
  return {
    provider,
    threads,
    inputs,
    outputs: ports(session.outputMetadata),
    run: async (feeds, into = {}) => {
      const fetches = Object.fromEntries(session.outputNames.map(name => [name, into[name] ?? null]));
      const held_ms = timing?.wanted && heldFromNext(); // ONNX Runtime leaves the run to the loop's next turn
      try {
        const results = await session.run(feeds as Fed, fetches as Fed);
        if (held_ms) timing?.took(held_ms());
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
