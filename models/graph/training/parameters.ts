import { concat, reshape, slice } from '../functions.ts';
import { constant, type Tensor } from '../tensor.ts';

/** Names and shapes of what is learned. */
export type ParameterShapes = Readonly<Record<string, readonly number[]>>;
export type Parameters = Readonly<Record<string, Tensor>>;

interface Place {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * All parameters in one vector, each at its place. An optimiser then has one tensor to update, a checkpoint one array to
 * write, and a step three buffers to feed, however many layers there are.
 */
export class ParameterVector {
  readonly size: number;
  readonly #places: readonly Place[];

  constructor(shapes: ParameterShapes) {
    let end = 0;
    this.#places = Object.entries(shapes).map(([name, shape]) => {
      const start = end;
      end += shape.reduce((size, dim) => size * dim, 1);
      return { name, shape, start, end };
    });
    this.size = end;
  }

  get names(): string[] {
    return this.#places.map(({ name }) => name);
  }

  get shapes(): ParameterShapes {
    return this.#each(({ shape }) => shape);
  }

  /** The parameters as parts of a vector in a graph, for training. */
  slices(vector: Tensor): Parameters {
    return this.#each(({ shape, start, end }) => reshape(slice(vector, 0, start, end), shape));
  }

  /** The parameters as constants with their names, for serving. */
  constants(values: Float32Array): Parameters {
    return this.#each(({ name, shape, start, end }) => constant('float32', values.slice(start, end), shape, name));
  }

  /** The parts of a vector of numbers, sharing its memory. */
  views(values: Float32Array): Readonly<Record<string, Float32Array>> {
    return this.#each(({ start, end }) => values.subarray(start, end));
  }

  /** Tensors of parameters, in their order, as one vector in a graph. */
  join(tensors: readonly Tensor[]): Tensor {
    return concat(
      tensors.map(tensor => reshape(tensor, [-1])),
      0,
    );
  }

  /** The vector in as few stretches as can be, in each of which all parameters have one and the same kind. */
  stretches<K>(kindOf: (name: string) => K): { kind: K; size: number }[] {
    const stretches: { kind: K; size: number }[] = [];
    for (const { name, start, end } of this.#places) {
      const kind = kindOf(name);
      const last = stretches.at(-1);
      if (last && last.kind === kind) last.size += end - start;
      else stretches.push({ kind, size: end - start });
    }
    return stretches;
  }

  #each<V>(make: (place: Place) => V): Record<string, V> {
    return Object.fromEntries(this.#places.map(place => [place.name, make(place)]));
  }
}
