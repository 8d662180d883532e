import { apply } from '../apply.ts';
import * as f from '../functions.ts';
import { float } from '../ops/row.ts';
import { isGiven, OMITTED, type Tensor } from '../tensor.ts';
import { meanSquare } from './forms.ts';
import type { Read, Row } from './read.ts';

/** Operations of ONNX Runtime's own set that optimised models use, said in those of ONNX. */
export const CONTRIBUTED: readonly Row[] = [
  { ops: ['Gelu'], rewrite: ({ inputs: [x] }) => [f.gelu(x!)] },
  { ops: ['BiasGelu'], least: 2, rewrite: ({ inputs: [x, bias] }) => [f.gelu(f.add(x!, bias!))] },
  { ops: ['FastGelu'], rewrite: ({ inputs: [x, bias] }) => [f.geluTanh(isGiven(bias) ? f.add(x!, bias) : x!)] },
  {
    ops: ['QuickGelu'],
    rewrite: node => [f.mul(node.inputs[0]!, f.sigmoid(f.mul(node.inputs[0]!, float(node, 'alpha', 1.702))))],
  },
  {
    ops: ['SkipLayerNormalization'],
    least: 3,
    rewrite: node => {
      const [, , scale, bias = OMITTED, addend] = node.inputs;
      const sum = skipped(node, addend);
      const operands = [sum, scale!, ...(isGiven(bias) ? [bias] : [])];
      const epsilon = float(node, 'epsilon', 1e-12);
      return [apply('LayerNormalization', operands, { epsilon }), undefined, undefined, sum];
    },
  },
  {
    ops: ['SkipSimplifiedLayerNormalization'],
    least: 3,
    rewrite: node => {
      const [, , scale, addend] = node.inputs;
      const sum = skipped(node, addend);
      return [meanSquare({ ...node, inputs: [sum, scale!] }), undefined, undefined, sum];
    },
  },
  { ops: ['SimplifiedLayerNormalization'], least: 2, rewrite: node => [meanSquare(node)] },
];

/** What is normalised: the input, what skipped a layer, and perhaps a bias; it is the fourth output too. */
function skipped({ inputs: [x, skip] }: Read, addend: Tensor | undefined): Tensor {
  const sum = f.add(x!, skip!);
  return isGiven(addend) ? f.add(sum, addend) : sum;
}
