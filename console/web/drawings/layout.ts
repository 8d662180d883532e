import type { GraphNode, GraphShape } from '../../api.ts';

export interface Placed {
  node: GraphNode;
  /** Of its upper left corner. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Drawn {
  arrow: GraphShape['arrows'][number];
  /** An SVG path. */
  path: string;
}

export interface Picture {
  width: number;
  height: number;
  nodes: Placed[];
  arrows: Drawn[];
}

const LETTER_WIDTH = 6.6;
const GAP = { column: 34, row: 12 };
const MARGIN = 6;
/** More rounds change nothing in graphs of this size; there is an end where they would. */
const ROUNDS = 12;

/**
 * Columns from left to right by how far records have come: a topic stands behind its nearest writer, a job behind all that
 * it reads. In a column, each node stands at the mean height of those it is joined with (Sugiyama, Tagawa and Toda,
 * "Methods for visual understanding of hierarchical system structures", 1981, section 4).
 */
export function pictureOf(shape: GraphShape): Picture {
  const columns = ordered(columnsOf(shape), shape);
  const sizes = new Map(shape.nodes.map(node => [node.id, sizeOf(node)]));
  const tall = (column: readonly GraphNode[]) =>
    column.reduce((sum, { id }) => sum + sizes.get(id)!.height + GAP.row, -GAP.row);
  const height = Math.max(...columns.map(tall)) + 2 * MARGIN;
  const placed = new Map<string, Placed>();
  let x = MARGIN;
  for (const column of columns) {
    const wide = Math.max(...column.map(({ id }) => sizes.get(id)!.width));
    const spare = (height - 2 * MARGIN - tall(column)) / (column.length + 1);
    let y = MARGIN + spare;
    for (const node of column) {
      const size = sizes.get(node.id)!;
      placed.set(node.id, { node, x: x + (wide - size.width) / 2, y, ...size });
      y += size.height + GAP.row + spare;
    }
    x += wide + GAP.column;
  }
  const arrows = shape.arrows.map(arrow => ({ arrow, path: way(placed.get(arrow.from)!, placed.get(arrow.to)!) }));
  return { width: x - GAP.column + MARGIN, height, nodes: [...placed.values()], arrows };
}

function columnsOf({ nodes, arrows }: GraphShape): GraphNode[][] {
  const at = new Map<string, number>([['shop', 0]]);
  const into = (id: string, kinds: readonly string[]) =>
    arrows.filter(({ to, kind }) => to === id && kinds.includes(kind)).map(({ from }) => from);
  const writes = (id: string, topic: string) =>
    arrows.some(({ from, to, kind }) => from === id && to === topic && kind === 'writes');
  for (let round = 0; round < ROUNDS; round++) {
    for (const { id, kind } of nodes) {
      if (kind === 'topic') {
        const writers = into(id, ['writes']).flatMap(writer => at.get(writer) ?? []);
        if (writers.length > 0) at.set(id, 1 + Math.min(...writers));
      } else if (kind === 'job') {
        const [reads, follows] = [into(id, ['reads']), into(id, ['follows'])];
        const before = (reads.length > 0 ? reads : follows).filter(topic => !writes(id, topic) || reads.length === 0);
        const known = before.flatMap(topic => at.get(topic) ?? []);
        if (known.length > 0 && (reads.length > 0 || !at.has(id))) at.set(id, 1 + Math.max(...known));
      }
    }
  }
  const last = 1 + Math.max(...at.values());
  const columns = Array.from({ length: last + 1 }, (): GraphNode[] => []);
  for (const node of nodes) columns[at.get(node.id) ?? last]!.push(node);
  return columns.filter(column => column.length > 0);
}

function ordered(columns: readonly GraphNode[][], { arrows }: GraphShape): GraphNode[][] {
  let now = columns.map(column => [...column]);
  for (let round = 0; round < ROUNDS; round++) {
    const height = new Map(now.flatMap(column => column.map(({ id }, n) => [id, (n + 0.5) / column.length] as const)));
    const mean = (id: string): number => {
      const near = arrows.flatMap(({ from, to, kind }) => {
        const other = from === id ? to : to === id ? from : undefined;
        const weight = kind === 'follows' ? 1 : 4;
        return other === undefined ? [] : [{ y: height.get(other)!, weight }];
      });
      const all = near.reduce((sum, { weight }) => sum + weight, 0);
      return all === 0 ? 0.5 : near.reduce((sum, { y, weight }) => sum + y * weight, 0) / all;
    };
    now = now.map(column => [...column].sort((a, b) => mean(a.id) - mean(b.id)));
  }
  return now;
}

function sizeOf({ kind, name }: GraphNode): { width: number; height: number } {
  if (kind === 'job') return { width: 122, height: 60 };
  if (kind === 'topic') return { width: Math.max(84, name.length * LETTER_WIDTH + 20), height: 36 };
  return { width: 96, height: 46 };
}

/** Leaves to the right and comes from the left, whatever lies between. */
function way(from: Placed, to: Placed): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const swing = x2 > x1 ? (x2 - x1) / 2 : 46;
  return `M${x1},${y1}C${x1 + swing},${y1} ${x2 - swing},${y2} ${x2},${y2}`;
}
