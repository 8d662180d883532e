import { expect, it } from 'vitest';
import { callOf } from '../../../models/graph/apply.ts';
import { zerosLike } from '../../../models/graph/functions.ts';
import { FAMILIES, OPS } from '../../../models/graph/ops/index.ts';
import type { Op, Rows } from '../../../models/graph/ops/row.ts';
import { isFloat, type Node } from '../../../models/graph/tensor.ts';
import { nodesOf } from './gradients/case.ts';
import { CASES } from './gradients/index.ts';

const INTRODUCTION = `# Operations

What a graph may contain: operations of ONNX, operator set 18, by their names there. Shapes and types are those of its
specification; where something is left out or decided here, the remark says so. \`models/graph/functions/\` has a
function for each, and what is put together from them.

*Gradient towards* names the inputs, counted from 1, through which a loss can be differentiated: each of them is
compared with central differences in test/models/graph/gradients/. An operation with a dash can stand in a graph, but
not between a loss and what it is differentiated by.

\`npm run docs:ops\` writes this page from the table in models/graph/ops/ and from those tests.
`;

it('docs/ops.md is what the table of operations and the cases of gradients say', async () => {
  const towards = differentiated();
  const sections = Object.entries<Rows>(FAMILIES).map(([family, rows]) =>
    [
      `\n## ${family}\n`,
      '| operation | inputs | elements | gradient towards | remarks |',
      '| --- | --- | --- | --- | --- |',
      ...Object.entries(rows).map(([op, row]) => line(op, row, towards.get(op) ?? new Set())),
      '',
    ].join('\n'),
  );
  await expect([INTRODUCTION, ...sections].join('')).toMatchFileSnapshot('../../../docs/ops.md');
});

function line(op: string, row: Op, towards: ReadonlySet<number>): string {
  const remarks = [row.note, row.domain && `of the domain ${row.domain}`].filter(Boolean).join('; ');
  return `| ${op} | ${count(row)} | ${row.takes} | ${inputs(row, towards)} | ${remarks} |`;
}

function count({ arity: [least, most] }: Op): string {
  if (least === most) return String(least);
  return Number.isFinite(most) ? `${least} to ${most}` : `${least} or more`;
}

function inputs({ gradient, arity: [, most] }: Op, towards: ReadonlySet<number>): string {
  if (!gradient) return '-';
  if (towards.size === 0) return 'none: constant';
  if (!Number.isFinite(most) || (most > 1 && towards.size === most)) return 'all';
  return [...towards]
    .map(place => place + 1)
    .toSorted()
    .join(', ');
}

/** For each operation the places of the inputs through which a gradient goes in one of the cases. */
function differentiated(): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const node of Object.values(CASES).flatMap(each => [1, 2, 3].flatMap(seed => nodesOf(each, seed)))) {
    for (const place of passed(node)) found.set(node.op, (found.get(node.op) ?? new Set()).add(place));
  }
  return found;
}

function passed({ op, inputs, attributes, outputs }: Node): number[] {
  const { gradient } = OPS[op]!;
  if (!gradient || !isFloat(outputs[0]!)) return [];
  const dys = outputs.map(y => (isFloat(y) ? zerosLike(y) : undefined));
  const slopes = gradient({ ...callOf(inputs, attributes), y: outputs[0]!, dy: dys[0]!, ys: outputs, dys });
  return slopes.flatMap((slope, place) => (slope && isFloat(inputs[place]!) ? [place] : []));
}
