import { describe, expect, it } from 'vitest';
import { graphShape } from '../../../../console/reads/graph-shape.ts';
import { pictureOf } from '../../../../console/web/drawings/layout.ts';

describe('the places of the graph', () => {
  const shape = graphShape();
  const { nodes, arrows, width, height } = pictureOf(shape);
  const at = (id: string) => nodes.find(({ node }) => node.id === id)!;

  it('hold every node within the picture, and none over another', () => {
    expect(nodes.map(({ node }) => node.id).sort()).toEqual(shape.nodes.map(({ id }) => id).sort());
    for (const a of nodes) {
      expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height, a.node.id).toBe(true);
      for (const b of nodes) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(a === b || apart, `${a.node.id} and ${b.node.id}`).toBe(true);
      }
    }
  });

  it('go from the shop to the archive: a job stands behind what it reads, but for its own loops', () => {
    expect(at('shop').x).toBe(Math.min(...nodes.map(({ x }) => x)));
    expect(at('store').x).toBe(Math.max(...nodes.map(({ x }) => x)));
    const isLoop = (job: string, topic: string) =>
      shape.arrows.some(({ from, to, kind }) => kind === 'writes' && from === job && to === topic);
    for (const { from, to, kind } of shape.arrows) {
      if (kind === 'reads' && to !== 'shop' && !isLoop(to, from))
        expect(at(from).x, `${from} ${to}`).toBeLessThan(at(to).x);
    }
  });

  it('are wide enough to be read on a page, and every arrow has a way', () => {
    expect(width).toBeLessThan(1_800);
    expect(arrows).toHaveLength(shape.arrows.length);
    for (const { path } of arrows) expect(path).toMatch(/^M[\d.]+,[\d.]+C[-\d., ]+$/);
  });
});
