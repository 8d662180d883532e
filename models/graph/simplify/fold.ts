import { graphOf } from '../graph.ts';
import { valuesOf } from '../ops/rules/values.ts';
import { rewrite } from '../rewrite.ts';
import { openSession } from '../runtime.ts';
import { constant, type Graph, integers, isGraph, isTrainable, staticShape, type Tensor } from '../tensor.ts';
import { inputsOf } from '../walk.ts';

/** What is computed from constants is a constant itself up to this size, or that of what it is computed from. */
const ELEMENTS = 4_096;

/**
 * The graph with what depends on constants alone computed: by the runtime that would compute it at each run, all at
 * once. A result that is much larger than what it comes from, such as zeros for a whole table, stays as it is.
 */
export async function folded(graph: Graph): Promise<Graph> {
  const sized = rewrite(graph, (_, now) => sizesIn(now) ?? now);
  const wanted = frontier(sized);
  if (wanted.length === 0) return sized;

  const session = await openSession(graphOf(Object.fromEntries(wanted.map((tensor, place) => [`c${place}`, tensor]))));
  const results = await session.run({}).finally(() => session.release());
  const computed = new Map(
    wanted.map(({ dtype }, place) => {
      const { data, dims } = results[`c${place}`]!;
      return [wanted[place]!, constant(dtype, data, [...dims])];
    }),
  );
  return rewrite(sized, (was, now) => computed.get(was) ?? now);
}

/** Whole numbers that follow from known sizes, as a constant. */
function sizesIn(tensor: Tensor): Tensor | undefined {
  if (tensor.origin.kind !== 'output' || tensor.dtype !== 'int64' || tensor.shape.length > 1) return undefined;
  const values = valuesOf(tensor)?.filter(value => typeof value === 'number');
  const elements = tensor.shape[0] ?? 1;
  if (values?.length !== elements || !values.every(Number.isSafeInteger)) return undefined;
  return tensor.shape.length === 1 ? integers(values) : constant('int64', BigInt64Array.of(BigInt(values[0]!)), []);
}

/** Tensors that depend on constants alone, and that something reads which does not. */
function frontier({ tensors, outputs }: Graph): Tensor[] {
  const weights = new Map<Tensor, number>();
  for (const tensor of tensors) {
    const weight = weightOf(tensor, weights);
    if (weight !== undefined) weights.set(tensor, weight);
  }
  const read = new Set(Object.values(outputs));
  for (const tensor of tensors) if (!weights.has(tensor)) for (const each of inputsOf(tensor)) read.add(each);
  return tensors.filter(tensor => tensor.origin.kind === 'output' && weights.has(tensor) && read.has(tensor));
}

/** The elements of the largest constant from which a tensor is computed; undefined where it is not to be folded. */
function weightOf(tensor: Tensor, weights: ReadonlyMap<Tensor, number>): number | undefined {
  const { origin, shape } = tensor;
  if (origin.kind === 'constant') return isTrainable(tensor) ? undefined : origin.data.length;
  if (origin.kind !== 'output' || Object.values(origin.node.attributes).some(isGraph)) return undefined;
  const sources = inputsOf(tensor).map(each => weights.get(each));
  const elements = staticShape(shape)?.reduce((size, dim) => size * dim, 1);
  if (sources.length === 0 || elements === undefined || sources.includes(undefined)) return undefined;
  const weight = Math.max(...(sources as number[]));
  return elements <= Math.max(weight, ELEMENTS) ? weight : undefined;
}
