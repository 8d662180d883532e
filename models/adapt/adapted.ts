import { TemperError } from '../../schemas/errors.ts';
import { rewrite } from '../graph/rewrite.ts';
import { constant, type Graph, input, type Tensor } from '../graph/tensor.ts';
import type { ParameterShapes, Parameters } from '../graph/training/parameters.ts';

/** A graph some of whose inputs are parameters. All that is constant in it is frozen. */
export interface Adapted {
  readonly graph: Graph;
  /** What the parameters begin with: float32 constants by the names of the inputs. */
  readonly parameters: Parameters;
}

/** The graph with tensors in place of inputs, by their names: parts of a vector to train, constants to serve. */
export function bind(graph: Graph, tensors: Readonly<Record<string, Tensor>>): Graph {
  return rewrite(graph, (was, now) =>
    was.origin.kind === 'input' && Object.hasOwn(tensors, was.origin.name) ? tensors[was.origin.name]! : now,
  );
}

/** The shapes of parameters, of which a `ParameterVector` is made. */
export function shapesOf(parameters: Parameters): ParameterShapes {
  return Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape.map(Number)]));
}

/** The numbers of parameters one after the other, as they stand in a `ParameterVector`. */
export function joined(parameters: Parameters): Float32Array {
  const parts = Object.values(parameters).map(numbersOf);
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** How many numbers are trained, and how many there are with those that are frozen: the constants that have names. */
export function countsOf({ graph, parameters }: Adapted): { trainable: number; total: number } {
  const trainable = joined(parameters).length;
  const frozen = graph.tensors.flatMap(({ dtype, origin }) =>
    dtype === 'float32' && origin.kind === 'constant' && origin.name !== undefined ? origin.data.length : [],
  );
  return { trainable, total: frozen.reduce((sum, size) => sum + size, trainable) };
}

/** The name of a float32 constant, if it matches one of the patterns. */
export function matching({ dtype, origin }: Tensor, patterns: readonly RegExp[]): string | undefined {
  if (dtype !== 'float32' || origin.kind !== 'constant' || origin.name === undefined) return undefined;
  const { name } = origin;
  return patterns.some(pattern => pattern.test(name)) ? name : undefined;
}

/** The numbers of a float32 constant. */
export function numbersOf({ origin, dtype }: Tensor): Float32Array {
  if (origin.kind === 'constant' && origin.data instanceof Float32Array) return origin.data;
  throw new TemperError('GRAPH_INVALID', {
    where: 'a parameter',
    expected: 'a float32 constant',
    got: `${origin.kind} of ${dtype}`,
  });
}

/** The parameters that an adaptation makes, each once, also where what it belongs to is used twice. */
export class Added {
  readonly #inputs = new Map<string, Tensor>();
  readonly #parameters: Record<string, Tensor> = {};

  /** The input of a new parameter whose numbers are drawn one by one, or that of an old one. */
  drawn(name: string, shape: readonly number[], draw: () => number): Tensor {
    const size = shape.reduce((product, dim) => product * dim, 1);
    return (
      this.#inputs.get(name) ??
      this.#add(name, constant('float32', Float32Array.from({ length: size }, draw), shape, name))
    );
  }

  /** The input that stands for a constant. */
  inPlaceOf(name: string, tensor: Tensor): Tensor {
    return this.#add(name, tensor);
  }

  /** @throws GRAPH_INVALID where nothing was added: the patterns name nothing in this graph */
  to(graph: Graph, patterns: readonly RegExp[], what: string): Adapted {
    if (this.#inputs.size > 0) return { graph, parameters: this.#parameters };
    const names = graph.tensors.flatMap(({ origin }) => (origin.kind === 'constant' ? (origin.name ?? []) : []));
    throw new TemperError('GRAPH_INVALID', {
      where: 'an adaptation',
      expected: `${what} with a name like ${patterns.join(' or ')}`,
      got: `${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`,
    });
  }

  #add(name: string, tensor: Tensor): Tensor {
    const made = input(name, 'float32', tensor.shape);
    this.#inputs.set(name, made);
    this.#parameters[name] = tensor;
    return made;
  }
}
