import { TemperError } from '../../schemas/errors.ts';
import { type Tensor, typeOf } from './tensor.ts';

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

export function inputsOf(tensor: Tensor): readonly Tensor[] {
  return tensor.origin.kind === 'node' ? tensor.origin.inputs : [];
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
    case 'node': {
      const operands = origin.inputs.map(each => numbers.get(each) ?? '%?').join(', ');
      const attributes = Object.entries(origin.attributes).map(([name, value]) => ` ${name}=${value}`);
      return `${origin.op}(${operands})${attributes.join('')}`;
    }
  }
}
