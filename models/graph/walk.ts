import { TemperError } from '../../schemas/errors.ts';
import { type Attribute, isGiven, isGraph, type Node, type Tensor, typeOf } from './tensor.ts';

/** All that the given tensors are computed from, and they themselves, each after its inputs. */
export function ordered(targets: readonly Tensor[]): Tensor[] {
  const done = new Set<Tensor>();
  const stack = [...targets].reverse();
  while (stack.length > 0) {
    const tensor = stack.at(-1)!;
    const waiting = inputsOf(tensor).filter(each => !done.has(each));
    if (waiting.length === 0) {
      done.add(tensor);
      stack.pop();
    } else {
      stack.push(...waiting.reverse());
    }
  }
  return [...done];
}

/** What a tensor is computed from; omitted operands do not count. */
export function inputsOf({ origin }: Tensor): readonly Tensor[] {
  return origin.kind === 'output' ? origin.node.inputs.filter(isGiven) : [];
}

/** The operations that compute some of the given tensors, in their order, each once. */
export function nodesOf(order: readonly Tensor[]): Node[] {
  return [...new Set(order.flatMap(({ origin }) => (origin.kind === 'output' ? [origin.node] : [])))];
}

/** Tensors as text, a line each: `%3 = Gemm(%0, %1, %2) transB=1 : float32[N, 64]`. */
export function listing(tensors: readonly Tensor[]): string[] {
  const numbers = new Map(tensors.map((tensor, number) => [tensor, `%${number}`]));
  return tensors.map(tensor => `${numbers.get(tensor)} = ${origin(tensor, numbers)} : ${typeOf(tensor)}`);
}

/** What was wrong with a graph, at which operation, with the steps that led there. */
export function graphError(
  where: string,
  steps: readonly Tensor[],
  { expected, got, next }: { expected: string; got: string; next?: string },
): TemperError {
  const excerpt = listing(ordered(steps))
    .slice(-8)
    .map(line => `\n    ${line}`)
    .join('');
  return new TemperError('GRAPH_INVALID', {
    where,
    expected,
    got: `${got}, in${excerpt}\n`,
    ...(next ? { next } : {}),
  });
}

function origin({ origin }: Tensor, numbers: ReadonlyMap<Tensor, string>): string {
  switch (origin.kind) {
    case 'input':
      return `input ${origin.name}`;
    case 'constant':
      return `constant ${origin.name ?? (origin.data.length <= 4 ? origin.data.join(' ') : '...')}`;
    case 'omitted':
      return 'omitted';
    case 'output': {
      const { op, inputs, attributes } = origin.node;
      const operands = inputs.map(each => numbers.get(each) ?? '%?').join(', ');
      const named = Object.entries(attributes).map(([name, value]) => ` ${name}=${attributeText(value)}`);
      return `${op}(${operands})${named.join('')}${origin.place === 0 ? '' : ` output ${origin.place}`}`;
    }
  }
}

function attributeText(value: Attribute): string {
  return isGraph(value) ? 'graph' : String(value);
}
