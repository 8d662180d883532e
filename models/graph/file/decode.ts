import { readFile, stat } from 'node:fs/promises';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { applyAll } from '../apply.ts';
import { graphOf } from '../graph.ts';
import { OPS } from '../ops/index.ts';
import { Mismatch } from '../ops/rules/shapes.ts';
import { valuesOf } from '../ops/rules/values.ts';
import { type Attribute, type Dim, type Graph, input, OMITTED, type Shape, type Tensor } from '../tensor.ts';
import { constantOf, dtypeOf, requireSize, settle } from './constants.ts';
import {
  type AttributeProto,
  AttributeType,
  type DimProto,
  type GraphProto,
  ModelProto,
  type NodeProto,
  type ValueProto,
  whole,
} from './onnx.ts';
import type { Outputs, Read } from './read.ts';
import { cut, refuse, refuseOperation } from './refuse.ts';
import { upgraded } from './upgrade.ts';
import { weightNames } from './weight-names.ts';

/** The operator sets that upgrade.ts brings to the meaning which ops/ writes down. */
const OPERATOR_SETS = { oldest: 7, newest: 21 };
/** The sets beside ONNX's own of which something is known. */
const DOMAINS: ReadonlySet<string> = new Set(['com.microsoft', ...Object.values(OPS).flatMap(op => op.domain ?? [])]);
const NODES = 100_000;

/**
 * The graph in an ONNX file, whoever wrote it: older forms of operations are rewritten into those of today's set. What
 * comes back obeys ops/ and check.ts, so a file with an operation, a type or a shape that they do not know is refused
 * here, before the runtime sees it. Its inputs keep their order, and are there even if nothing reads them. Large
 * constants are views of `bytes` where they can be: let those be, as long as the graph is in use.
 *
 * @param where the file's name, for the message
 * @throws MODEL_REFUSED where the file is not ONNX, too large, keeps data outside itself, or holds an illegal graph
 */
export function decode(bytes: Uint8Array, where = 'an ONNX file'): Graph {
  return read(bytes, where, { ours: false });
}

/** The graph in the ONNX file at a path, which is held in memory once; throws as `decode` does. */
export async function decodeFile(path: string): Promise<Graph> {
  const { size } = await stat(path);
  if (size > LIMITS.model_bytes) refuse(path, `at most ${LIMITS.model_bytes} bytes`, String(size));
  return read(await readFile(path), path, { ours: true });
}

/** @param ours that nobody else reads the bytes, so that they may be moved */
function read(bytes: Uint8Array, where: string, { ours }: { ours: boolean }): Graph {
  if (bytes.length > LIMITS.model_bytes) refuse(where, `at most ${LIMITS.model_bytes} bytes`, String(bytes.length));
  try {
    const { graph, version } = parse(bytes, where);
    if (ours) for (const proto of graph.initializer ?? []) settle(proto);
    return graphIn(graph, version, where);
  } catch (cause) {
    if (cause instanceof TemperError && cause.code === 'MODEL_REFUSED') throw cause;
    throw new TemperError('MODEL_REFUSED', { where, expected: 'an ONNX graph of known operations', cause });
  }
}

function messageOf(bytes: Uint8Array, where: string): ReturnType<typeof ModelProto.decode> {
  try {
    return ModelProto.decode(bytes);
  } catch (cause) {
    const got = `${bytes.length} bytes that were cut short, or are something else`;
    throw new TemperError('MODEL_REFUSED', { where, expected: 'a whole ONNX file', got, cause });
  }
}

function parse(bytes: Uint8Array, where: string): { graph: GraphProto; version: number } {
  const { graph, opsetImport, functions } = messageOf(bytes, where);
  if (!graph || (graph.output ?? []).length === 0) return refuse(where, 'an ONNX model', 'a file without a graph');
  const sets = new Map(opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', whole(version)]));
  const foreign = [...sets.keys()].find(domain => domain !== 'ai.onnx' && !DOMAINS.has(domain) && !UNUSED.has(domain));
  if (foreign) refuse(where, 'operators of ONNX', `the domain ${foreign}`);
  const version = sets.get('ai.onnx') ?? 1;
  const { oldest, newest } = OPERATOR_SETS;
  if (version < oldest || version > newest) {
    const next = `Convert it with onnx.version_converter, or export it with one of these sets`;
    refuse(where, `operator set ${oldest} to ${newest}`, String(version), next);
  }
  if ((graph.node ?? []).length > NODES) refuse(where, `at most ${NODES} nodes`, String(graph.node?.length));
  if (functions.length > 0) {
    refuse(where, 'no functions', `${functions.length} of them`, 'Put them in place with onnx.inliner');
  }
  if ((graph.sparseInitializer ?? []).length > 0) refuse(where, 'dense constants', 'sparse ones');
  return { graph, version };
}

/** Sets that exporters name without using them; a node of theirs is refused all the same. */
const UNUSED: ReadonlySet<string> = new Set([
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview.training',
  'com.microsoft.experimental',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
  'org.pytorch.aten',
  'pkg.onnxscript.torch_lib',
  'pkg.onnxscript.torch_lib.common',
]);

function graphIn(graph: GraphProto, version: number, where: string): Graph {
  const values = new Map<string, Tensor>();
  const define = (name: string, tensor: Tensor) => {
    if (name === '' || values.has(name)) refuse(where, 'values with names of their own', `"${name}" twice`);
    requireSize(tensor.shape, `${where}, ${name}`);
    // Sizes are looked up as they come, so that no long chain of them is ever walked at once.
    valuesOf(tensor);
    values.set(name, tensor);
  };
  const find = (name: string): Tensor =>
    name === ''
      ? OMITTED
      : (values.get(name) ?? refuse(where, 'values that are defined before they are used', `"${name}"`));

  const names = weightNames(graph);
  for (const proto of graph.initializer ?? []) {
    define(proto.name ?? '', constantOf(proto, where, names.get(proto.name ?? '')));
  }
  const shapes = symbolsOf();
  // A constant that is also named as an input has the constant's value.
  const fed = (graph.input ?? [])
    .filter(({ name }) => !values.has(name ?? ''))
    .map(proto => inputOf(proto, shapes, where));
  for (const { name, tensor } of fed) define(name, tensor);
  for (const node of graph.node ?? []) {
    const place = `${where}, ${node.opType} ${node.name ?? ''}`.trim();
    const tensors = tensorsOf(node, (node.input ?? []).map(find), version, place);
    (node.output ?? []).forEach((output, at) => {
      if (output !== '') define(output, tensors[at] ?? refuse(place, `${tensors.length} outputs`, `${at + 1}`));
    });
  }
  const outputs = (graph.output ?? []).map(({ name }) => [name ?? '', find(name ?? '')] as const);
  return graphOf(
    Object.fromEntries(outputs),
    fed.map(({ tensor }) => tensor),
  );
}

function tensorsOf(proto: NodeProto, inputs: readonly Tensor[], version: number, where: string): Outputs {
  const op = proto.opType ?? '';
  const domain = proto.domain === 'ai.onnx' ? '' : (proto.domain ?? '');
  const node: Read = { op, domain, inputs, outputs: (proto.output ?? []).length, ...attributesOf(proto, where) };
  try {
    const rewritten = upgraded(node, version);
    if (rewritten) return rewritten;
    const row = Object.hasOwn(OPS, op) ? OPS[op]! : refuseOperation(where, op);
    if ((row.domain ?? '') !== domain) refuse(where, `${op} of the domain "${row.domain ?? ''}"`, `"${domain}"`);
    return applyAll(op, inputs, node.attributes);
  } catch (cause) {
    if (cause instanceof Mismatch) return refuse(where, cause.expected, cause.got);
    if (!(cause instanceof TemperError) || cause.code === 'MODEL_REFUSED') throw cause;
    throw new TemperError('MODEL_REFUSED', { where: cut(where), cause });
  }
}

function attributesOf({ attribute }: NodeProto, where: string): Pick<Read, 'attributes' | 'tensors'> {
  const tensors: Record<string, Tensor> = {};
  const attributes: Record<string, Attribute> = {};
  for (const proto of attribute ?? []) {
    const name = proto.name ?? '';
    if (proto.type === AttributeType.TENSOR && proto.t) tensors[name] = constantOf({ ...proto.t, name: '' }, where);
    else attributes[name] = attributeOf(proto, where);
  }
  return { attributes, tensors };
}

function attributeOf(proto: AttributeProto, where: string): Attribute {
  switch (proto.type) {
    case AttributeType.INT:
      return whole(proto.i);
    case AttributeType.INTS:
      return (proto.ints ?? []).map(whole);
    case AttributeType.FLOAT:
      return proto.f ?? 0;
    case AttributeType.FLOATS:
      return proto.floats ?? [];
    case AttributeType.STRING:
      return new TextDecoder().decode(proto.s ?? new Uint8Array());
    default:
      return refuse(where, 'attributes that are numbers or text', `${proto.name} of type ${proto.type}`);
  }
}

type Symbols = (name: string) => string;

function inputOf(proto: ValueProto, symbol: Symbols, where: string): { name: string; tensor: Tensor } {
  const type = proto.type?.tensorType;
  const name = proto.name ?? '';
  if (!type?.shape) return refuse(`${where}, ${name}`, 'an input that is a tensor with a shape', 'something else');
  const shape: Shape = (type.shape.dim ?? []).map((dim, axis) => sizeOf(dim, symbol, `${name}_${axis}`));
  return { name, tensor: input(name, dtypeOf(type.elemType, `${where}, ${name}`), shape) };
}

/** A dimension of which a file says nothing, or nothing possible, is a symbol of its own. */
function sizeOf({ dimValue, dimParam }: DimProto, symbol: Symbols, otherwise: string): Dim {
  const size = dimValue === undefined || dimValue === null ? 0 : whole(dimValue);
  return size > 0 ? size : symbol(dimParam || otherwise);
}

/**
 * The names of a file's symbolic sizes: its own, but for signs that would make them sums, products or numbers. Equal
 * names remain equal, and different ones different.
 */
function symbolsOf(): Symbols {
  const given = new Map<string, string>();
  const taken = new Set<string>();
  return name => {
    const known = given.get(name);
    if (known) return known;
    const plain = name
      .slice(0, 64)
      .replaceAll(/[^\p{L}\p{N}_.-]/gu, '_')
      .replace(/^(?=[\d-])/, '_');
    let symbol = plain;
    while (taken.has(symbol)) symbol = `${plain}_${taken.size}`;
    taken.add(symbol);
    given.set(name, symbol);
    return symbol;
  };
}
