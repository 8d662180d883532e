import { type Dim, integers, type Tensor } from '../tensor.ts';
import { graphError } from '../walk.ts';
import { mul } from './elementwise.ts';
import { range } from './indexing.ts';
import { concat, reshape, sizeAlong, squeeze, transpose, unsqueeze } from './layout.ts';
import { equal, where } from './logic.ts';
import { matmul } from './matrix.ts';
import { sum } from './reductions.ts';

/**
 * Sums of products in Einstein's notation, such as `bij,bjk->bik`: a letter names a dimension, and those that do not
 * stand behind the arrow are summed over. Without an arrow, what stands once is kept, in alphabetical order.
 *
 * It is rewritten to operations that have gradients: a letter twice in one operand takes the diagonal, then operands
 * are multiplied from left to right, by MatMul where something is summed, else by Mul.
 *
 * @throws GRAPH_INVALID where the equation does not fit the operands, or has an ellipsis: write its dimensions out
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, output } = parse(equation, operands);
  const terms = operands.map((tensor, place) => diagonal({ tensor, labels: inputs[place]! }));
  const product = terms.reduce((left, right, place) => {
    const later = terms.slice(place + 1).flatMap(({ labels }) => labels);
    return multiply(left, right, new Set([...output, ...later]));
  });
  return arranged(summed(product, new Set(output)), output).tensor;
}

/** A tensor with a letter for each of its dimensions. */
interface Term {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

function parse(equation: string, operands: readonly Tensor[]): { inputs: string[][]; output: string[] } {
  const refuse = (expected: string, got: string): never => {
    throw graphError(`einsum "${equation}"`, operands, { expected, got });
  };
  const spaceless = equation.replaceAll(' ', '');
  if (spaceless.includes('.')) refuse('every dimension written out', 'an ellipsis');
  if (!/^[a-zA-Z,]*(->[a-zA-Z]*)?$/.test(spaceless)) refuse('letters, commas and one arrow', spaceless);

  const [left, right] = spaceless.split('->') as [string, string | undefined];
  const inputs = left.split(',').map(each => [...each]);
  const letters = inputs.flat();
  const once = [...new Set(letters)].filter(letter => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort();
  const output = right === undefined ? once : [...right];
  if (inputs.length !== operands.length) refuse(`${inputs.length} operands`, String(operands.length));

  const sizes = new Map<string, Dim>();
  for (const [place, labels] of inputs.entries()) {
    const { shape } = operands[place]!;
    if (labels.length !== shape.length)
      refuse(`${labels.length} dimensions in operand ${place}`, `[${shape.join(', ')}]`);
    for (const [axis, label] of labels.entries()) {
      const size = sizes.get(label) ?? shape[axis]!;
      if (size !== shape[axis]) refuse(`one size of ${label}`, `${size} and ${shape[axis]}`);
      sizes.set(label, size);
    }
  }
  const unknown = output.find((label, place) => !sizes.has(label) || output.indexOf(label) !== place);
  if (unknown) refuse('letters of the operands behind the arrow, each once', unknown);
  return { inputs, output };
}

/** The elements at which the dimensions of a repeated letter have the same index. */
function diagonal({ tensor, labels }: Term): Term {
  const second = labels.findIndex((label, axis) => labels.indexOf(label) !== axis);
  if (second < 0) return { tensor, labels };
  const first = labels.indexOf(labels[second]!);
  const along = (axis: number) => {
    const places = range(0, squeeze(sizeAlong(tensor, axis), [0]));
    return unsqueeze(
      places,
      labels.flatMap((_, each) => (each === axis ? [] : [each])),
    );
  };
  const on = where(equal(along(first), along(second)), tensor, 0);
  return diagonal({ tensor: sum(on, [second]), labels: labels.toSpliced(second, 1) });
}

/** The product of two terms, summed over what is not needed any more. */
function multiply(left: Term, right: Term, needed: ReadonlySet<string>): Term {
  const a = summed(left, new Set([...needed, ...right.labels]));
  const b = summed(right, new Set([...needed, ...left.labels]));
  const shared = a.labels.filter(label => b.labels.includes(label));
  const batch = shared.filter(label => needed.has(label));
  const inner = shared.filter(label => !needed.has(label));
  const rows = a.labels.filter(label => !shared.includes(label));
  const columns = b.labels.filter(label => !shared.includes(label));
  const labels = [...batch, ...rows, ...columns];
  if (inner.length === 0) return { tensor: mul(spread(a, labels), spread(b, labels)), labels };

  const tensor = matmul(matrices(a, batch, rows, inner), matrices(b, batch, inner, columns));
  const sizes = [a, a, b].flatMap((term, place) =>
    [batch, rows, columns][place]!.map(label => sizeAlong(term.tensor, term.labels.indexOf(label))),
  );
  const whole = rows.length === 1 && columns.length === 1;
  return { tensor: whole ? tensor : reshape(tensor, sizes.length === 0 ? [] : concat(sizes, 0)), labels };
}

/** Without the dimensions that are not needed. */
function summed({ tensor, labels }: Term, needed: ReadonlySet<string>): Term {
  const axes = labels.flatMap((label, axis) => (needed.has(label) ? [] : [axis]));
  if (axes.length === 0) return { tensor, labels };
  return { tensor: sum(tensor, axes), labels: labels.filter(label => needed.has(label)) };
}

function arranged({ tensor, labels }: Term, order: readonly string[]): Term {
  const perm = order.map(label => labels.indexOf(label));
  return { tensor: perm.every((axis, place) => axis === place) ? tensor : transpose(tensor, perm), labels: order };
}

/** With a dimension of 1 for each letter that a term lacks. */
function spread(term: Term, order: readonly string[]): Tensor {
  const own = order.filter(label => term.labels.includes(label));
  const lacking = order.flatMap((label, axis) => (own.includes(label) ? [] : [axis]));
  const { tensor } = arranged(term, own);
  return unsqueeze(tensor, lacking);
}

/** [batch..., rows, columns], the letters of rows and of columns each as one dimension. */
function matrices(term: Term, batch: readonly string[], rows: readonly string[], columns: readonly string[]): Tensor {
  const { tensor } = arranged(term, [...batch, ...rows, ...columns]);
  if (rows.length === 1 && columns.length === 1) return tensor;
  const sizes = batch.map((_, axis) => sizeAlong(tensor, axis));
  const merged = (labels: readonly string[]) =>
    labels
      .map(label => sizeAlong(term.tensor, term.labels.indexOf(label)))
      .reduce<Tensor>((product, size) => mul(product, size), integers([1]));
  return reshape(tensor, concat([...sizes, merged(rows), merged(columns)], 0));
}
