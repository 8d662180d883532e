import { OPS } from './ops/index.ts';
import type { AttributeKind, Call, Op } from './ops/row.ts';
import { Mismatch } from './ops/rules/shapes.ts';
import {
  type Attribute,
  type Attributes,
  isFloat,
  isGiven,
  type Node,
  type Tensor,
  type Type,
  typeOf,
} from './tensor.ts';
import { graphError } from './walk.ts';

/**
 * The first output, mostly the only one, of an operation of the table.
 *
 * @throws GRAPH_INVALID with the op's name and the steps that led there, where the operands do not fit
 */
export function apply(op: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
  return applyAll(op, inputs, attributes)[0]!;
}

/** All outputs of an operation of the table; throws as `apply` does. */
export function applyAll(op: string, inputs: readonly Tensor[], attributes: Attributes = {}): readonly Tensor[] {
  const types = infer(op, inputs, attributes);
  const outputs: Tensor[] = [];
  const node: Node = { op, inputs, attributes, outputs };
  types.forEach((type, place) => {
    outputs.push({ ...type, origin: { kind: 'output', node, place } });
  });
  return outputs;
}

/** The types that an operation gives its outputs; throws as `apply` does. */
export function infer(op: string, inputs: readonly Tensor[], attributes: Attributes): Type[] {
  const row = rowOf(op, inputs);
  const call = callOf(inputs, attributes);
  try {
    requireFit(row, call);
    return [{ dtype: row.dtype?.(call) ?? call.a.dtype, shape: row.shape(call) }, ...(row.also?.(call) ?? [])];
  } catch (cause) {
    if (!(cause instanceof Mismatch)) throw cause;
    throw graphError(`${op}(${inputs.map(typeOf).join(', ')})`, inputs, { expected: cause.expected, got: cause.got });
  }
}

/** The table's row for an operation. */
export function rowOf(op: string, steps: readonly Tensor[]): Op {
  const row = Object.hasOwn(OPS, op) ? OPS[op] : undefined;
  if (row) return row;
  throw graphError(op, steps, {
    expected: 'an operation of the table in models/graph/ops',
    got: op,
    next: 'Add a row for it, or use operations that are there',
  });
}

export function callOf(inputs: readonly Tensor[], attributes: Attributes): Call {
  const [a, b, c] = inputs as [Tensor, Tensor, Tensor];
  return { inputs, attributes, a, b, c };
}

function requireFit({ arity: [least, most], takes, operands, attributes = {} }: Op, call: Call): void {
  const count = call.inputs.length;
  if (count < least || count > most) {
    throw new Mismatch(least === most ? `${least} inputs` : `${least} to ${most} inputs`, String(count));
  }
  for (const [name, value] of Object.entries(call.attributes)) {
    const kind = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (!kind) throw new Mismatch(`attributes among [${Object.keys(attributes).join(', ')}]`, name);
    if (!isOfKind(value, kind)) throw new Mismatch(`${name} as ${kind}`, String(value));
  }
  if (!call.inputs.slice(0, least).every(isGiven)) throw new Mismatch(`its first ${least} inputs`, 'one omitted');

  const held = (operands ? operands.map(place => call.inputs[place]) : call.inputs).filter(isGiven);
  const dtypes = new Set(held.map(({ dtype }) => dtype));
  if (dtypes.size > 1) throw new Mismatch('operands of one type', [...dtypes].join(' and '));
  const accepted =
    takes === 'any' || held.every(each => isFloat(each) || (takes === 'number' && each.dtype !== 'bool'));
  if (!accepted) throw new Mismatch(takes === 'float' ? 'float operands' : 'numbers as operands', [...dtypes].join());
}

function isOfKind(value: Attribute, kind: AttributeKind): boolean {
  switch (kind) {
    case 'int':
      return Number.isSafeInteger(value);
    case 'ints':
      return Array.isArray(value) && value.every(Number.isSafeInteger);
    case 'float':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'graph':
      return typeof value === 'object' && 'outputs' in value;
  }
}
