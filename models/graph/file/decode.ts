import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { applyAll, rowOf } from '../apply.ts';
import { graphOf } from '../graph.ts';
import { OPS } from '../ops/index.ts';
import {
  type Attributes,
  constant,
  type Data,
  type Dim,
  DTYPES,
  type Dtype,
  type Graph,
  input,
  OMITTED,
  type Tensor,
} from '../tensor.ts';
import { OPERATOR_SET } from './encode.ts';
import {
  type AttributeProto,
  AttributeType,
  type DimProto,
  type GraphProto,
  ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueProto,
  whole,
} from './onnx.ts';

/** The newest operator set in which the operations of ops.ts mean what they mean in OPERATOR_SET. */
const NEWEST_OPERATOR_SET = 21;
/** The sets beside ONNX's own whose operations ops/ knows. */
const KNOWN_DOMAINS: ReadonlySet<string> = new Set(Object.values(OPS).flatMap(({ domain }) => domain ?? []));
const NODES = 100_000;
const ELEMENTS_PER_TENSOR = 2 ** 28;

/**
 * The graph in an ONNX file. What comes back obeys ops.ts and check.ts, so a file with an operation, a type or a shape
 * that they do not know is refused here, before the runtime sees it.
 *
 * @param where the file's name, for the message
 * @throws MODEL_REFUSED where the file is not ONNX, too large, keeps data outside itself, or holds an illegal graph
 */
export function decode(bytes: Uint8Array, where = 'an ONNX file'): Graph {
  if (bytes.length > LIMITS.model_bytes) refuse(where, `at most ${LIMITS.model_bytes} bytes`, String(bytes.length));
  try {
    return graphOf(outputsOf(parse(bytes, where), where));
  } catch (cause) {
    if (cause instanceof TemperError && cause.code === 'MODEL_REFUSED') throw cause;
    throw new TemperError('MODEL_REFUSED', { where, expected: 'an ONNX graph of known operations', cause });
  }
}

function parse(bytes: Uint8Array, where: string): GraphProto {
  const { graph, opsetImport, functions } = ModelProto.decode(bytes);
  if (!graph || (graph.output ?? []).length === 0) return refuse(where, 'an ONNX model', 'a file without a graph');
  for (const { domain, version } of opsetImport) {
    const number = whole(version);
    const own = !domain || domain === 'ai.onnx';
    if (!own && !KNOWN_DOMAINS.has(domain)) refuse(where, 'operators of ONNX', `the domain ${domain}`);
    if (own && (number < OPERATOR_SET || number > NEWEST_OPERATOR_SET)) {
      refuse(where, `operator set ${OPERATOR_SET} to ${NEWEST_OPERATOR_SET}`, String(number));
    }
  }
  if ((graph.node ?? []).length > NODES) refuse(where, `at most ${NODES} nodes`, String(graph.node?.length));
  if (functions.length > 0) refuse(where, 'no functions', `${functions.length} of them`);
  if ((graph.sparseInitializer ?? []).length > 0) refuse(where, 'dense constants', 'sparse ones');
  return graph;
}

function outputsOf(graph: GraphProto, where: string): Record<string, Tensor> {
  const values = new Map<string, Tensor>();
  const define = (name: string, tensor: Tensor) => {
    if (name === '' || values.has(name)) refuse(where, 'values with names of their own', `"${name}" twice`);
    if (
      tensor.shape.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : 1), 1) > ELEMENTS_PER_TENSOR
    ) {
      refuse(`${where}, ${name}`, `at most ${ELEMENTS_PER_TENSOR} elements`, tensor.shape.join(' x '));
    }
    values.set(name, tensor);
  };
  const find = (name: string): Tensor =>
    name === ''
      ? OMITTED
      : (values.get(name) ?? refuse(where, 'values that are defined before they are used', `"${name}"`));

  for (const proto of graph.initializer ?? []) define(proto.name ?? '', constantOf(proto, where));
  for (const proto of graph.input ?? []) {
    if (!values.has(proto.name ?? '')) define(proto.name ?? '', inputOf(proto, where));
  }
  for (const node of graph.node ?? []) {
    const tensors = tensorsOf(node, (node.input ?? []).map(find), `${where}, ${node.name || node.opType}`);
    (node.output ?? []).forEach((output, place) => {
      if (output === '') return;
      define(output, tensors[place] ?? refuse(`${where}, ${node.name}`, `${tensors.length} outputs`, `${place + 1}`));
    });
  }
  return Object.fromEntries((graph.output ?? []).map(({ name }) => [name ?? '', find(name ?? '')]));
}

function tensorsOf(node: NodeProto, inputs: readonly Tensor[], where: string): readonly Tensor[] {
  const value = (node.attribute ?? []).find(({ name }) => name === 'value')?.t;
  if (node.opType === 'Constant' && value) return [constantOf(value, where)];
  const op = node.opType ?? '';
  const domain = rowOf(op, inputs).domain ?? '';
  const given = node.domain === 'ai.onnx' ? '' : (node.domain ?? '');
  if (given !== domain) refuse(where, `${op} of the domain "${domain}"`, `"${given}"`);
  return applyAll(op, inputs, attributesOf(node.attribute ?? [], where));
}

function attributesOf(protos: readonly AttributeProto[], where: string): Attributes {
  return Object.fromEntries(
    protos.map(proto => {
      switch (proto.type) {
        case AttributeType.INT:
          return [proto.name, whole(proto.i)];
        case AttributeType.INTS:
          return [proto.name, (proto.ints ?? []).map(whole)];
        case AttributeType.FLOAT:
          return [proto.name, proto.f ?? 0];
        case AttributeType.STRING:
          return [proto.name, new TextDecoder().decode(proto.s ?? new Uint8Array())];
        default:
          return refuse(where, 'attributes that are numbers or text', `${proto.name} of type ${proto.type}`);
      }
    }),
  );
}

function constantOf(proto: TensorProto, where: string): Tensor {
  const name = proto.name ?? '';
  if (proto.dataLocation || (proto.externalData ?? []).length > 0) {
    refuse(`${where}, ${name}`, 'data inside the file', 'a reference to external data');
  }
  const dtype = dtypeOf(proto.dataType, `${where}, ${name}`);
  const shape = (proto.dims ?? []).map(whole);
  return constant(dtype, dataOf(proto, dtype, shape, `${where}, ${name}`), shape, name || undefined);
}

function dataOf(proto: TensorProto, dtype: Dtype, shape: readonly number[], where: string): Data {
  const { array } = DTYPES[dtype];
  const raw = proto.rawData ?? new Uint8Array();
  if (raw.length > 0) {
    const elements = shape.reduce((size, dim) => size * dim, 1);
    if (raw.length !== elements * array.BYTES_PER_ELEMENT) {
      return refuse(where, `${elements} elements of ${dtype}`, `${raw.length} bytes`);
    }
    return new array(new Uint8Array(raw).buffer);
  }
  switch (dtype) {
    case 'float32':
      return Float32Array.from(proto.floatData ?? []);
    case 'float64':
      return Float64Array.from(proto.doubleData ?? []);
    case 'int64':
      return BigInt64Array.from(proto.int64Data ?? [], value => BigInt(whole(value)));
    default:
      return DTYPES[dtype].array.from(proto.int32Data ?? []);
  }
}

function inputOf(proto: ValueProto, where: string): Tensor {
  const type = proto.type?.tensorType;
  const name = proto.name ?? '';
  if (!type?.shape) return refuse(`${where}, ${name}`, 'an input that is a tensor with a shape', 'something else');
  const shape = (type.shape.dim ?? []).map((dim, axis): Dim => dim.dimParam || sizeOf(dim, `${name}.${axis}`));
  return input(name, dtypeOf(type.elemType, `${where}, ${name}`), shape);
}

/** A dimension of which a file says nothing is a symbol of its own. */
function sizeOf({ dimValue }: DimProto, symbol: string): Dim {
  return dimValue === undefined || dimValue === null || whole(dimValue) === 0 ? symbol : whole(dimValue);
}

function dtypeOf(code: number | null | undefined, where: string): Dtype {
  const found = Object.entries(DTYPES).find(([, dtype]) => dtype.code === code);
  return found ? (found[0] as Dtype) : refuse(where, `one of ${Object.keys(DTYPES).join(', ')}`, `ONNX type ${code}`);
}

function refuse(where: string, expected: string, got: string): never {
  throw new TemperError('MODEL_REFUSED', { where, expected, got });
}
