import { apply, applyAll } from '../apply.ts';
import * as f from '../functions.ts';
import { int, mismatch, text } from '../ops/row.ts';
import { type Attributes, integers, type Tensor } from '../tensor.ts';
import { CONTRIBUTED } from './contributed.ts';
import * as forms from './forms.ts';
import type { Outputs, Read, Row } from './read.ts';

/**
 * The outputs of a node whose form is not that of operator set 18, or is one that the table of operations does without;
 * undefined where it is as it should be.
 *
 * @param version the operator set of its file
 * @throws GRAPH_INVALID or Mismatch where an operation does not take what it is given
 */
export function upgraded(node: Read, version: number): Outputs | undefined {
  const found = TABLES.get(node.domain)?.find(
    ({ ops, before }) => version < (before ?? Number.POSITIVE_INFINITY) && ops.includes(node.op),
  );
  if (found) {
    const least = found.least ?? 1;
    return node.inputs.length < least
      ? mismatch(`${least} inputs or more`, `${node.inputs.length}`)
      : found.rewrite(node);
  }
  const assumed = node.domain === '' ? ASSUMED.get(node.op) : undefined;
  return assumed && applyAll(node.op, node.inputs, without(node.attributes, assumed));
}

const REDUCTIONS = ['Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'SumSquare', 'LogSumExp'].map(kind => `Reduce${kind}`);

/** The first row that fits a node is taken. */
const TABLE: readonly Row[] = [
  // Numbers that were attributes and became inputs.
  { ops: ['Squeeze', 'Unsqueeze', 'ReduceSum'], before: 13, rewrite: node => withLists(node, ['axes']) },
  { ops: ['Slice'], before: 10, rewrite: node => withLists(node, ['starts', 'ends', 'axes']) },
  { ops: REDUCTIONS, before: 18, rewrite: node => withLists(node, ['axes']) },
  {
    ops: ['ReduceLogSum'],
    before: 18,
    rewrite: node => [f.log(withLists({ ...node, op: 'ReduceSum' }, ['axes'])[0]!)],
  },
  { ops: ['Clip'], before: 11, rewrite: node => [forms.clipped(node)] },
  { ops: ['Pad'], before: 11, rewrite: node => [forms.padded(node, forms.listed(node, 'pads'))] },
  { ops: ['Split'], before: 13, rewrite: node => forms.parts(node, forms.listed(node, 'split')) },
  {
    ops: ['TopK'],
    before: 10,
    rewrite: node => applyAll('TopK', [node.inputs[0]!, integers([int(node, 'k')])], dropped(node.attributes, 'k')),
  },

  // Operations whose meaning changed.
  { ops: ['Softmax', 'LogSoftmax'], before: 13, rewrite: node => [forms.overTheRest(node)] },
  { ops: ['BatchNormalization'], before: 14, rewrite: node => forms.only(node, 'epsilon') },

  // Forms that others say, in whichever set.
  { ops: ['ReduceLogSum'], rewrite: ({ inputs, attributes }) => [f.log(apply('ReduceSum', inputs, attributes))] },
  { ops: ['Pad'], rewrite: node => [forms.padded(node, node.inputs[1])] },
  { ops: ['Split'], rewrite: node => forms.parts(node, node.inputs[1]) },
  { ops: ['Reshape'], least: 2, rewrite: node => [forms.reshaped(node)] },
  { ops: ['MatMul'], least: 2, rewrite: ({ inputs: [a, b] }) => [forms.product(a!, b!)] },
  { ops: ['Constant'], least: 0, rewrite: node => [forms.constantIn(node)] },
  { ops: ['ConstantOfShape'], rewrite: node => [forms.filled(node)] },
  { ops: ['Dropout'], rewrite: node => forms.dropout(node) },
  { ops: ['Flatten'], rewrite: node => [forms.flattened(node)] },
  { ops: ['Sum'], rewrite: ({ inputs }) => [inputs.reduce((sum, x) => f.add(sum, x))] },
  {
    ops: ['Mean'],
    rewrite: ({ inputs }) => [
      f.div(
        inputs.reduce((sum, x) => f.add(sum, x)),
        inputs.length,
      ),
    ],
  },
  { ops: ['Gelu'], rewrite: node => [forms.gelu(node)] },
  { ops: ['PRelu'], least: 2, rewrite: ({ inputs: [x, slope] }) => [f.where(f.less(x!, 0), f.mul(x!, slope!), x!)] },
  { ops: ['Selu'], rewrite: node => [forms.selu(node)] },
  { ops: ['Mish'], rewrite: ({ inputs: [x] }) => [f.mul(x!, f.tanh(f.softplus(x!)))] },
  { ops: ['Einsum'], rewrite: node => [f.einsum(text(node, 'equation', ''), ...node.inputs)] },
  { ops: ['CastLike'], least: 2, rewrite: ({ inputs: [x, like] }) => [f.cast(x!, like!.dtype)] },
  { ops: ['LpNormalization'], rewrite: node => [forms.normalised(node)] },
  { ops: ['InstanceNormalization'], least: 3, rewrite: node => [forms.instances(node)] },
  { ops: ['GroupNormalization'], least: 3, rewrite: node => [forms.groups(node)] },
  { ops: ['SimplifiedLayerNormalization'], least: 2, rewrite: node => [forms.meanSquare(node)] },
  { ops: ['DepthToSpace'], rewrite: node => [forms.depthToSpace(node)] },
  { ops: ['SpaceToDepth'], rewrite: node => [forms.spaceToDepth(node)] },
];

/** By the name of the set that defines the operations. */
const TABLES: ReadonlyMap<string, readonly Row[]> = new Map([
  ['', TABLE],
  ['com.microsoft', CONTRIBUTED],
]);

/** Attributes that say what is assumed anyway, and that the table of operations does without. */
const ASSUMED: ReadonlyMap<string, Attributes> = new Map<string, Attributes>([
  ['LayerNormalization', { stash_type: 1 }],
  ['Cast', { saturate: 1 }],
  ['GatherND', { batch_dims: 0 }],
  ['QuantizeLinear', { saturate: 1, block_size: 0, output_dtype: 0 }],
  ['DequantizeLinear', { block_size: 0 }],
]);

function withLists(node: Read, names: readonly string[]): readonly Tensor[] {
  const lists = names.map(name => forms.listed(node, name)).filter(each => each !== undefined);
  return applyAll(node.op, [node.inputs[0]!, ...lists], dropped(node.attributes, ...names));
}

function dropped(attributes: Attributes, ...names: string[]): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
}

function without(attributes: Attributes, assumed: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => !Object.hasOwn(assumed, name) || assumed[name] !== value),
  );
}
