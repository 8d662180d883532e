import { rowOf } from '../apply.ts';
import type { Op } from '../ops/row.ts';
import { type Attribute, bitsOf, DTYPES, type Graph, isGraph, type Node, type Tensor } from '../tensor.ts';
import { nodesOf } from '../walk.ts';
import {
  type AttributeProto,
  AttributeType,
  type GraphProto,
  ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueProto,
} from './onnx.ts';

/** The operator set whose meaning ops/ writes down. */
export const OPERATOR_SET = 18;
/** The version of the file format that onnx-proto knows. */
const IR_VERSION = 8;
/** Constants up to this size are written once, however often they stand in the graph. */
const SHARED_ELEMENTS = 16;

/** A graph as the bytes of an ONNX file; the same graph always gives the same bytes. */
export function encode(graph: Graph): Uint8Array {
  const model = ModelProto.create({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPERATOR_SET }, ...domainsOf(graph).map(domain => ({ domain, version: 1 }))],
    producerName: 'temper',
    graph: graphProto(graph, 'temper', ''),
  });
  return new Uint8Array(ModelProto.encode(model).finish());
}

/** @param scope begins the names inside, as those of a graph within a graph may not be those around it */
function graphProto(graph: Graph, name: string, scope: string): GraphProto {
  const names = namesOf(graph, scope);
  const named = [...names].map(([tensor, name]) => ({ tensor, name }));
  const constants = new Map(named.map(({ tensor, name }) => [name, constantProto(tensor, name)]));
  return {
    name,
    node: [...nodesOf(graph.tensors).map(node => nodeProto(node, names)), ...copyProtos(graph, names, scope)],
    initializer: [...constants.values()].flat(),
    input: graph.inputs.map(tensor => valueProto(names.get(tensor)!, tensor)),
    output: Object.entries(graph.outputs).map(([name, tensor]) => valueProto(`${scope}${name}`, tensor)),
  };
}

/** The sets beside ONNX's own from which a graph, or a graph inside it, takes operations. */
function domainsOf(graph: Graph): string[] {
  const domains = nodesOf(graph.tensors).flatMap(({ op, outputs, attributes }) => [
    ...[rowOf(op, outputs).domain ?? []].flat(),
    ...Object.values(attributes).flatMap(value => (isGraph(value) ? domainsOf(value) : [])),
  ]);
  return [...new Set(domains)].sort();
}

/**
 * A name for each tensor: its own, that of the output which it is, or one from its operation and a number. Outputs of
 * operations that nobody reads have names too, where they may not be left out, as the first never may.
 */
function namesOf({ outputs, tensors: reached }: Graph, scope: string): Map<Tensor, string> {
  const unread = nodesOf(reached).flatMap(({ op, outputs }) =>
    rowOf(op, outputs).spare ? outputs.slice(0, 1) : outputs,
  );
  const tensors = [...new Set([...reached, ...unread])];
  const asOutputs = new Map(Object.entries(outputs).map(([name, tensor]) => [tensor, name]));
  const taken = new Set(Object.keys(outputs));
  for (const { origin } of tensors) if (origin.kind === 'input') taken.add(origin.name);

  const shared = new Map<string, string>();
  const fresh = (wish: string): string => {
    const name = taken.has(wish) ? fresh(`${wish}_${taken.size}`) : wish;
    taken.add(name);
    return name;
  };
  const nameOf = (tensor: Tensor): string => {
    const { origin } = tensor;
    switch (origin.kind) {
      case 'input':
        return origin.name;
      case 'output':
        return asOutputs.get(tensor) ?? fresh(`${origin.node.op}_${taken.size}`);
      case 'omitted':
        return '';
      case 'constant': {
        const key = contentOf(tensor);
        const name = shared.get(key) ?? fresh(origin.name ?? `constant_${taken.size}`);
        if (!origin.name && origin.data.length <= SHARED_ELEMENTS) shared.set(key, name);
        return name;
      }
    }
  };
  const scoped = (name: string) => (name === '' ? '' : `${scope}${name}`);
  return new Map(tensors.map(tensor => [tensor, scoped(nameOf(tensor))]));
}

function contentOf({ dtype, shape, origin }: Tensor): string {
  if (origin.kind !== 'constant' || origin.name || origin.data.length > SHARED_ELEMENTS) return '';
  return `${dtype} [${shape}] ${bitsOf(origin.data)}`;
}

function nodeProto({ op, inputs, attributes, outputs }: Node, names: ReadonlyMap<Tensor, string>): NodeProto {
  const { domain, attributes: kinds = {}, writtenAs = op } = rowOf(op, outputs);
  const ownName = names.get(outputs.find(output => names.has(output))!)!;
  return {
    name: ownName,
    opType: writtenAs,
    ...(domain && { domain }),
    input: withoutTail(inputs.map(each => names.get(each) ?? '')),
    output: withoutTail(outputs.map(each => names.get(each) ?? '')),
    attribute: Object.entries(attributes).map(([name, value]) =>
      attributeProto(kinds[name]!, name, value, `${ownName}.`),
    ),
  };
}

/** Names without the empty ones at the end. */
function withoutTail(names: readonly string[]): string[] {
  return names.slice(0, names.findLastIndex(name => name !== '') + 1);
}

function attributeProto(
  kind: NonNullable<Op['attributes']>[string],
  name: string,
  value: Attribute,
  scope: string,
): AttributeProto {
  switch (kind) {
    case 'int':
      return { name, type: AttributeType.INT, i: Number(value) };
    case 'float':
      return { name, type: AttributeType.FLOAT, f: Number(value) };
    case 'ints':
      return { name, type: AttributeType.INTS, ints: [...(value as readonly number[])] };
    case 'string':
      return { name, type: AttributeType.STRING, s: new TextEncoder().encode(String(value)) };
    case 'graph':
      return { name, type: AttributeType.GRAPH, g: graphProto(value as Graph, name, scope) };
  }
}

function constantProto({ dtype, shape, origin }: Tensor, name: string): TensorProto[] {
  if (origin.kind !== 'constant') return [];
  const { buffer, byteOffset, byteLength } = origin.data;
  const rawData = new Uint8Array(buffer, byteOffset, byteLength);
  return [{ name, dataType: DTYPES[dtype].code, dims: shape.map(Number), rawData }];
}

function valueProto(name: string, { dtype, shape }: Tensor): ValueProto {
  const dim = shape.map(size => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: DTYPES[dtype].code, shape: { dim } } } };
}

/** Outputs that are an input, a constant, or a second name of another output. */
function copyProtos({ outputs }: Graph, names: ReadonlyMap<Tensor, string>, scope: string): NodeProto[] {
  return Object.entries(outputs)
    .map(([name, tensor]) => [`${scope}${name}`, tensor] as const)
    .filter(([name, tensor]) => names.get(tensor) !== name)
    .map(([name, tensor]) => ({ name, opType: 'Identity', input: [names.get(tensor)!], output: [name] }));
}
