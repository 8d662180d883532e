import type { Graph } from './graph.ts';
import {
  type AttributeProto,
  AttributeType,
  ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueProto,
} from './onnx.ts';
import { OPS } from './ops.ts';
import { type Attributes, DTYPES, type Node, type Tensor } from './tensor.ts';

/** The operator set whose meaning ops.ts writes down. */
export const OPERATOR_SET = 18;
/** The version of the file format that onnx-proto knows. */
const IR_VERSION = 8;
/** Constants up to this size are written once, however often they stand in the graph. */
const SHARED_ELEMENTS = 16;

/** A graph as the bytes of an ONNX file; the same graph always gives the same bytes. */
export function encode(graph: Graph): Uint8Array {
  const names = namesOf(graph);
  const named = [...names].map(([tensor, name]) => ({ tensor, name }));
  const constants = new Map(named.map(({ tensor, name }) => [name, constantProto(tensor, name)]));
  const model = ModelProto.create({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPERATOR_SET }],
    producerName: 'temper',
    graph: {
      name: 'temper',
      node: [...named.flatMap(({ tensor, name }) => nodeProto(tensor, name, names)), ...copyProtos(graph, names)],
      initializer: [...constants.values()].flat(),
      input: graph.inputs.map(tensor => valueProto(names.get(tensor)!, tensor)),
      output: Object.entries(graph.outputs).map(([name, tensor]) => valueProto(name, tensor)),
    },
  });
  return new Uint8Array(ModelProto.encode(model).finish());
}

/** A name for each tensor: its own, that of the output which it is, or one from its operation and a number. */
function namesOf({ outputs, tensors }: Graph): Map<Tensor, string> {
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
      case 'node':
        return asOutputs.get(tensor) ?? fresh(`${origin.op}_${taken.size}`);
      case 'constant': {
        const key = contentOf(tensor);
        const name = shared.get(key) ?? fresh(origin.name ?? `constant_${taken.size}`);
        if (!origin.name && origin.data.length <= SHARED_ELEMENTS) shared.set(key, name);
        return name;
      }
    }
  };
  return new Map(tensors.map(tensor => [tensor, nameOf(tensor)]));
}

function contentOf({ dtype, shape, origin }: Tensor): string {
  if (origin.kind !== 'constant' || origin.name || origin.data.length > SHARED_ELEMENTS) return '';
  return `${dtype} [${shape}] ${origin.data}`;
}

function nodeProto({ origin }: Tensor, name: string, names: ReadonlyMap<Tensor, string>): NodeProto[] {
  if (origin.kind !== 'node') return [];
  return [
    {
      name,
      opType: origin.op,
      input: origin.inputs.map(each => names.get(each)!),
      output: [name],
      attribute: Object.entries(origin.attributes).map(([key, value]) => attributeProto(origin, key, value)),
    },
  ];
}

function attributeProto({ op }: Node, name: string, value: Attributes[string]): AttributeProto {
  switch (OPS[op]!.attributes![name]!) {
    case 'int':
      return { name, type: AttributeType.INT, i: Number(value) };
    case 'float':
      return { name, type: AttributeType.FLOAT, f: Number(value) };
    case 'ints':
      return { name, type: AttributeType.INTS, ints: [...(value as readonly number[])] };
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
function copyProtos({ outputs }: Graph, names: ReadonlyMap<Tensor, string>): NodeProto[] {
  return Object.entries(outputs)
    .filter(([name, tensor]) => names.get(tensor) !== name)
    .map(([name, tensor]) => ({ name, opType: 'Identity', input: [names.get(tensor)!], output: [name] }));
}
