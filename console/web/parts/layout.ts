import { Graph, layout } from '@dagrejs/dagre';
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

interface Point {
  x: number;
  y: number;
}

const LETTER_WIDTH = 7.4;

/** Places by dagre: layers from left to right, with few crossings. Who follows a topic stands where he stands anyway. */
export function pictureOf({ nodes, arrows }: GraphShape): Picture {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 46, edgesep: 8, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, sizeOf(node));
  for (const [n, { from, to, kind }] of arrows.entries()) {
    graph.setEdge(from, to, { weight: kind === 'follows' ? 1 : 4, minlen: 1 }, String(n));
  }
  layout(graph);
  const placed = nodes.map(node => {
    const { x, y, width, height } = graph.node(node.id) as Point & { width: number; height: number };
    return { node, x: x - width / 2, y: y - height / 2, width, height };
  });
  const drawn = arrows.map((arrow, n) => {
    const { points } = graph.edge({ v: arrow.from, w: arrow.to, name: String(n) }) as { points: Point[] };
    return { arrow, path: curve(points) };
  });
  const { width = 0, height = 0 } = graph.graph();
  return { width, height, nodes: placed, arrows: drawn };
}

function sizeOf({ kind, name }: GraphNode): { width: number; height: number } {
  if (kind === 'job') return { width: 138, height: 62 };
  if (kind === 'topic') return { width: Math.max(96, name.length * LETTER_WIDTH + 24), height: 36 };
  return { width: 112, height: 46 };
}

/** Through the middles of the way's parts, bent at its corners. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  let path = `M${first!.x},${first!.y}`;
  for (const [n, corner] of rest.entries()) {
    const next = rest[n + 1];
    if (!next) path += `L${corner.x},${corner.y}`;
    else path += `Q${corner.x},${corner.y} ${(corner.x + next.x) / 2},${(corner.y + next.y) / 2}`;
  }
  return path;
}
