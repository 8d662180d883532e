import {
  type AttributeProto,
  AttributeType,
  type GraphProto,
  ModelProto,
  type NodeProto,
  type TensorProto,
} from '../../../../models/graph/file/onnx.ts';
import { DTYPES, type Dtype, dataOf, type Shape } from '../../../../models/graph/tensor.ts';

/** An attribute of a node; numbers are whole unless they come as `real`. */
export type Given = number | number[] | string | { real: number | number[] } | { tensor: TensorProto };

/** The bytes of an ONNX file with the given nodes, of an operator set; one output, `y`, where nothing is said. */
export function file(
  version: number,
  graph: {
    inputs: Record<string, { dtype?: Dtype; shape: Shape }>;
    constants?: Record<string, TensorProto>;
    nodes: NodeProto[];
    outputs?: string[];
  },
): Uint8Array {
  const { inputs, constants = {}, nodes, outputs = ['y'] } = graph;
  const dims = (shape: Shape) => shape.map(dim => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim }));
  const proto: GraphProto = {
    name: 'a graph',
    node: nodes,
    initializer: Object.entries(constants).map(([name, tensor]) => ({ ...tensor, name })),
    input: Object.entries(inputs).map(([name, { dtype = 'float32', shape }]) => ({
      name,
      type: { tensorType: { elemType: DTYPES[dtype].code, shape: { dim: dims(shape) } } },
    })),
    output: outputs.map(name => ({ name })),
  };
  const domains = [...new Set(nodes.map(node => node.domain ?? ''))].filter(domain => domain !== '');
  const opsetImport = [{ domain: '', version }, ...domains.map(domain => ({ domain, version: 1 }))];
  return ModelProto.encode(ModelProto.create({ irVersion: 8, opsetImport, graph: proto })).finish();
}

/** `node('Add', 'a b -> y')`; a dot stands for an operand that is omitted, and domains come before the name: `x:Gelu`. */
export function node(op: string, names: string, attributes: Record<string, Given> = {}): NodeProto {
  const [input, output] = names.split('->').map(side => side.trim().split(/\s+/)) as [string[], string[]];
  const [opType, domain = ''] = op.split(':').reverse() as [string, string?];
  const read = (name: string) => (name === '.' ? '' : name);
  return {
    opType,
    domain,
    name: `${opType} of ${output[0]}`,
    input: input.filter(name => name !== '').map(read),
    output: output.map(read),
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  };
}

/** A tensor of a file, its data as raw bytes. */
export function tensor(dtype: Dtype, shape: number[], values: number[]): TensorProto {
  const data = dataOf(dtype, values);
  return { dataType: DTYPES[dtype].code, dims: shape, rawData: new Uint8Array(data.buffer, 0, data.byteLength) };
}

export const whole = (...values: number[]): TensorProto => tensor('int64', [values.length], values);

function attribute(name: string, value: Given): AttributeProto {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { name, type: AttributeType.INTS, ints: value };
  if ('tensor' in value) return { name, type: AttributeType.TENSOR, t: value.tensor };
  return Array.isArray(value.real)
    ? { name, type: AttributeType.FLOATS, floats: value.real }
    : { name, type: AttributeType.FLOAT, f: value.real };
}
