import { bitsOf, isGraph, type Tensor } from '../tensor.ts';

/** Constants up to this size are compared by what they hold. */
const ELEMENTS = 16;

/**
 * A function that gives, for a tensor, the first one that it was given which holds the same: the same constant, or the
 * same output of the same operation on the same inputs.
 */
export function merger(): (tensor: Tensor) => Tensor {
  const numbers = new Map<Tensor, number>();
  const first = new Map<string, Tensor>();
  const numberOf = (tensor: Tensor): number => {
    const known = numbers.get(tensor);
    if (known !== undefined) return known;
    numbers.set(tensor, numbers.size);
    return numbers.size - 1;
  };

  const merged = (tensor: Tensor): Tensor => {
    // What it is computed from was given before, but for constants that came with it.
    const key = keyOf(tensor, each => numberOf(each.origin.kind === 'constant' ? merged(each) : each));
    if (key === undefined) return tensor;
    const found = first.get(key);
    if (!found) first.set(key, tensor);
    return found ?? tensor;
  };
  return merged;
}

/** What a tensor holds, in writing; undefined where nothing else can hold the same. */
function keyOf({ origin, dtype, shape }: Tensor, numberOf: (tensor: Tensor) => number): string | undefined {
  if (origin.kind === 'constant') {
    return origin.name || origin.data.length > ELEMENTS ? undefined : `${dtype} [${shape}] ${bitsOf(origin.data)}`;
  }
  if (origin.kind !== 'output' || Object.values(origin.node.attributes).some(isGraph)) return undefined;
  const { op, attributes, inputs } = origin.node;
  const said = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${op} ${JSON.stringify(said)} ${inputs.map(numberOf)} output ${origin.place}`;
}
