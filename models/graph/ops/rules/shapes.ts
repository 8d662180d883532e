import type { Dim, Shape } from '../../tensor.ts';

/** A shape rule's refusal. Whoever applies the rule adds the op's name and the place in the graph. */
export class Mismatch extends Error {
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string) {
    super(`expected ${expected}, got ${got}`);
    this.expected = expected;
    this.got = got;
  }
}

/**
 * The shape of an elementwise operation: from the right, dimensions are equal or one of them is 1.
 * A symbolic dimension equals itself and nothing else, so every sum that a gradient needs is known without running.
 */
export function broadcast(...shapes: Shape[]): Dim[] {
  const rank = Math.max(...shapes.map(shape => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.map(shape => shape[axis - rank + shape.length] ?? 1).filter(dim => dim !== 1);
    const dim = dims[0] ?? 1;
    if (dims.some(other => other !== dim)) {
      throw new Mismatch('shapes that broadcast', shapes.map(show).join(' and '));
    }
    return dim;
  });
}

/** [..., M, K] x [..., K, N] -> [..., M, N], the leading dimensions broadcast; M or N are missing where vectors meet. */
export function product(a: Shape, b: Shape): Dim[] {
  if (a.length === 0 || b.length === 0) throw new Mismatch('matrices or vectors', `${show(a)} and ${show(b)}`);
  const [m, k] = a.length === 1 ? [[], a[0]] : [a.slice(-2, -1), a.at(-1)];
  const [k2, n] = b.length === 1 ? [b[0], []] : [b.at(-2), b.slice(-1)];
  if (k !== k2) throw new Mismatch('inner dimensions that agree', `${show(a)} and ${show(b)}`);
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), ...m, ...n];
}

/** The shape with its last two dimensions exchanged. */
export function transposed(shape: Shape): Dim[] {
  return [...shape.slice(0, -2), ...shape.slice(-2).reverse()];
}

/** The shape after a reduction over `axes`. */
export function reduced(shape: Shape, axes: readonly number[], keep: boolean): Dim[] {
  return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)).filter((_, axis) => keep || !axes.includes(axis));
}

/** ONNX Reshape's target: one -1 is whatever is left over, also where it contains a symbolic size. */
export function reshaped(shape: Shape, target: Shape): Dim[] {
  const copied: Dim[] = target.map((dim, axis) => (dim === 0 ? (shape[axis] ?? 0) : dim));
  const whole = factors(shape);
  const known = factors(copied.filter(dim => dim !== -1));
  const symbols = without(whole.symbols, known.symbols);
  const size = whole.size / known.size;
  const free = copied.filter(dim => dim === -1).length;
  const fits = free === 1 ? symbols !== undefined && Number.isInteger(size) : size === 1 && symbols?.length === 0;
  if (!fits || !symbols) throw new Mismatch(`as many elements as ${show(shape)} has`, show(target));
  return copied.map(dim => (dim === -1 ? times([size, ...symbols]) : dim));
}

/** The sum of dimensions, such as those along which tensors are joined; a negative size is taken away. */
export function total(dims: readonly Dim[]): Dim {
  const { size, symbols } = terms(dims);
  return symbols.length === 0 ? size : named([...symbols, ...(size === 0 ? [] : [size])], '+');
}

/** What is left of a dimension without another one, or undefined where that one is not among its terms. */
export function difference(dim: Dim, other: Dim): Dim | undefined {
  const [whole, part] = [terms([dim]), terms([other])];
  const symbols = without(whole.symbols, part.symbols);
  return symbols && total([...symbols, whole.size - part.size]);
}

/** The shape of tensors joined along an axis; all their other dimensions agree. */
export function joined(shapes: readonly Shape[], axis: number): Dim[] {
  const along = axisOf(axis, shapes[0]!.length);
  const others = shapes.map(shape => show(shape.map((dim, each) => (each === along ? '*' : dim))));
  if (new Set(others).size > 1)
    throw new Mismatch(`shapes that differ at axis ${along} alone`, shapes.map(show).join(' and '));
  return shapes[0]!.map((dim, each) => (each === along ? total(shapes.map(shape => shape[along]!)) : dim));
}

/** Sizes multiplied; a name where one of them is symbolic. */
export function times(dims: Shape): Dim {
  const { size, symbols } = factors(dims);
  if (symbols.length === 0 || size === 0) return size;
  if (symbols.length === 1 && size === 1) return ungrouped(symbols[0]!);
  return named([...symbols, ...(size === 1 ? [] : [size])], '*');
}

/** A size divided, or undefined where the divisor is not among its factors. */
export function quotient(dim: Dim, divisor: Dim): Dim | undefined {
  const [whole, part] = [factors([dim]), factors([divisor])];
  const symbols = without(whole.symbols, part.symbols);
  const size = whole.size / part.size;
  return symbols && Number.isInteger(size) ? times([size, ...symbols]) : undefined;
}

/**
 * The places within a dimension that ONNX Slice means by a start and an end: negative numbers count from the end, far
 * ones are cut. Within a symbolic dimension nothing else can be cut: places are taken to be inside, and an end that is
 * counted from the front has to be symbolic itself.
 */
export function range(dim: Dim, start: Dim, end: Dim, step = 1): [start: Dim, end: Dim] {
  const [first, last] = step > 0 ? [0, dim] : [-1, total([dim, -1])];
  const place = (at: Dim): Dim => {
    if (typeof at === 'string') return at;
    if (Math.abs(at) >= FAR) return at > 0 ? last : first;
    const counted = at < 0 ? total([dim, at]) : at;
    if (typeof counted === 'string' || typeof last === 'string') return counted;
    return Math.min(Math.max(counted, Number(first)), last);
  };
  if (typeof dim === 'string' && typeof end === 'number' && step > 0 && end > 0 && end < FAR) {
    throw new Mismatch(`an end that is known to lie within ${dim}`, String(end));
  }
  return [place(start), place(end)];
}

/** Beyond this, exporters mean "to the end", or with a minus "to the front". */
const FAR = 2 ** 31 - 1;

/** The size of a dimension that must not be symbolic. */
export function sizeOf(dim: Dim): number {
  if (typeof dim === 'string') throw new Mismatch('a dimension of known size', dim);
  return dim;
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw new Mismatch(`an axis of ${rank} dimensions`, String(axis));
  return axis < 0 ? axis + rank : axis;
}

export function same(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

export function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

function terms(dims: readonly Dim[]): { size: number; symbols: string[] } {
  const all = dims.flatMap(dim => (typeof dim === 'number' ? [dim] : split(dim, '+').map(numberOr)));
  return {
    size: all.reduce<number>((sum, each) => (typeof each === 'number' ? sum + each : sum), 0),
    symbols: all.filter(each => typeof each === 'string'),
  };
}

function factors(shape: Shape): { size: number; symbols: string[] } {
  const all = shape.flatMap(dim => (typeof dim === 'number' ? [dim] : split(grouped(dim), '*').map(numberOr)));
  return {
    size: all.reduce<number>((product, each) => (typeof each === 'number' ? product * each : product), 1),
    symbols: all.filter(each => typeof each === 'string'),
  };
}

/** A sum as one factor: in brackets. */
function grouped(dim: string): string {
  return split(dim, '+').length > 1 ? `(${dim})` : dim;
}

/** A size in writing. It has a limit, for sums of sums could double it with every operation. */
function named(parts: readonly Dim[], sign: '+' | '*'): string {
  const name = parts.join(sign);
  if (name.length > LONGEST_NAME) throw new Mismatch(`a size of at most ${LONGEST_NAME} characters`, `${name.length}`);
  return name;
}

const LONGEST_NAME = 1_000;

/** A factor that stands alone needs no brackets. */
function ungrouped(symbol: string): string {
  return symbol.startsWith('(') ? symbol.slice(1, -1) : symbol;
}

/** The parts of a symbolic size between the signs that stand outside brackets. */
function split(dim: string, sign: '+' | '*'): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of dim) {
    depth += Number(character === '(') - Number(character === ')');
    if (character === sign && depth === 0) parts.push('');
    else parts.push(parts.pop()! + character);
  }
  return parts;
}

function numberOr(part: string): Dim {
  return /^-?\d+$/.test(part) ? Number(part) : part;
}

/** The symbols that remain after division, or undefined where they do not divide. */
function without(symbols: readonly string[], divisors: readonly string[]): string[] | undefined {
  const left = [...symbols];
  for (const divisor of divisors) {
    const at = left.indexOf(divisor);
    if (at < 0) return undefined;
    left.splice(at, 1);
  }
  return left;
}
