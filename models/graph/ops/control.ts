import { type Graph, isGraph, type Tensor, type Type, typeOf } from '../tensor.ts';
import { type Call, int, mismatch, type Rows } from './row.ts';
import { same, show } from './rules/shapes.ts';

/** A graph within the graph, run several times. */
export const CONTROL: Rows = {
  /**
   * The body once for each place along the first axis of the last `num_scan_inputs` inputs. The inputs before them are
   * the state that the body begins with; its first outputs are the state for the next run, the others are stacked.
   * Bodies take what they need as inputs: they see nothing of the graph around them.
   */
  Scan: {
    arity: [1, Number.POSITIVE_INFINITY],
    takes: 'any',
    operands: [],
    attributes: { body: 'graph', num_scan_inputs: 'int' },
    shape: call => outputsOf(call)[0]!.shape,
    dtype: call => outputsOf(call)[0]!.dtype,
    also: call => outputsOf(call).slice(1),
  },
};

function outputsOf(call: Call): Type[] {
  const { inputs } = call;
  const body = bodyOf(call);
  const states = inputs.slice(0, -int(call, 'num_scan_inputs'));
  const [length] = inputs.at(-1)!.shape;
  const within = inputs.map(
    (each, place): Type => (place < states.length ? each : { ...each, shape: rest(each, length) }),
  );
  requireTypes('the inputs of the body', body.inputs, within);
  const outputs = Object.values(body.outputs);
  requireTypes('the state after the body', outputs.slice(0, states.length), states);
  return outputs.map((each, place) => ({
    dtype: each.dtype,
    shape: place < states.length ? each.shape : [length!, ...each.shape],
  }));
}

function bodyOf({ attributes: { body } }: Call): Graph {
  return isGraph(body) ? body : mismatch('a graph as the body', String(body));
}

/** The shape of what the body sees of an input. */
function rest({ shape }: Tensor, length: Type['shape'][number] | undefined) {
  return shape[0] === length ? shape.slice(1) : mismatch(`${length} places along the first axis`, show(shape));
}

function requireTypes(what: string, found: readonly Type[], expected: readonly Type[]): void {
  const agree = found.length === expected.length && found.every((each, place) => alike(each, expected[place]!));
  if (!agree) mismatch(`${what} to be ${expected.map(typeOf).join(', ')}`, found.map(typeOf).join(', '));
}

function alike(a: Type, b: Type): boolean {
  return a.dtype === b.dtype && same(a.shape, b.shape);
}
