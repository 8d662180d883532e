import { infer } from './apply.ts';
import { same } from './ops/rules/shapes.ts';
import { DTYPES, type Graph, type Tensor, typeOf } from './tensor.ts';
import { graphError, inputsOf } from './walk.ts';

/** What every tensor of a graph has to obey; a breach says what was expected and what came. */
interface Law {
  name: string;
  breach(tensor: Tensor, seen: Seen): { expected: string; got: string } | undefined;
}

/** What stands before the tensor that is being looked at. */
interface Seen {
  tensors: Set<Tensor>;
  names: Set<string>;
}

/** The second table: what is legal. The first, ops/, says what is possible. */
const LAWS: readonly Law[] = [
  {
    name: 'a tensor follows what it is computed from',
    breach: (tensor, seen) => {
      const late = inputsOf(tensor).find(each => !seen.tensors.has(each));
      return late && { expected: 'inputs that stand before it', got: typeOf(late) };
    },
  },
  {
    name: 'an operation has the type that its row gives it',
    breach: tensor => {
      if (tensor.origin.kind !== 'output') return undefined;
      const { op, inputs, attributes } = tensor.origin.node;
      const type = infer(op, inputs, attributes)[tensor.origin.place];
      const agrees = type?.dtype === tensor.dtype && same(type.shape, tensor.shape);
      return agrees ? undefined : { expected: type ? typeOf(type) : 'fewer outputs', got: typeOf(tensor) };
    },
  },
  {
    name: 'a constant fills its shape',
    breach: ({ origin, shape, dtype }) => {
      if (origin.kind !== 'constant') return undefined;
      const elements = shape.reduce<number>((size, dim) => size * Number(dim), 1);
      const fits = origin.data instanceof DTYPES[dtype].array && origin.data.length === elements;
      return fits ? undefined : { expected: `${elements} elements of ${dtype}`, got: `${origin.data.length}` };
    },
  },
  {
    name: 'an input has a name of its own',
    breach: ({ origin }, { names }) =>
      origin.kind === 'input' && (origin.name === '' || names.has(origin.name))
        ? { expected: 'a name that no other input has', got: `"${origin.name}"` }
        : undefined,
  },
  {
    name: 'dimensions are whole, and symbols are named',
    breach: ({ shape }) => {
      const bad = shape.find(dim => (typeof dim === 'number' ? !Number.isSafeInteger(dim) || dim < 0 : dim === ''));
      return bad === undefined ? undefined : { expected: 'sizes of 0 or more, or names', got: `"${bad}"` };
    },
  },
];

/**
 * Checks a graph against every law. It runs whenever a graph is made, whatever transform or file it came from.
 *
 * @throws GRAPH_INVALID with the law that was broken and the steps that led there
 */
export function check({ tensors, outputs }: Graph): void {
  const seen: Seen = { tensors: new Set(), names: new Set() };
  for (const tensor of tensors) {
    for (const { name, breach } of LAWS) {
      const found = breach(tensor, seen);
      if (found) throw graphError(`the law that ${name}`, [tensor], found);
    }
    seen.tensors.add(tensor);
    if (tensor.origin.kind === 'input') seen.names.add(tensor.origin.name);
  }
  for (const [name, output] of Object.entries(outputs)) {
    if (name !== '' && !seen.names.has(name) && seen.tensors.has(output)) continue;
    throw graphError(`output "${name}"`, [output], {
      expected: 'a tensor of the graph, by a name that no input has',
      got: typeOf(output),
    });
  }
}
