import { describe, expect, it } from 'vitest';
import { graphShape } from '../../../console/reads/graph-shape.ts';
import { JOBS, TOPICS } from '../../../streams/graph.ts';

describe('the picture of the graph', () => {
  const { nodes, arrows } = graphShape();

  it('has every job, and every topic but that of reports once', () => {
    const of = (kind: string) => nodes.filter(node => node.kind === kind);
    expect(of('job').map(({ name }) => name)).toEqual(Object.keys(JOBS));
    const drawn = of('topic').flatMap(({ topics }) => topics);
    expect(drawn.sort()).toEqual(
      Object.keys(TOPICS)
        .filter(topic => topic !== 'job.metrics')
        .sort(),
    );
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
  });

  it('has every arrow that is declared, between nodes that are there', () => {
    const ids = new Set(nodes.map(({ id }) => id));
    for (const { from, to } of arrows) expect(ids.has(from) && ids.has(to), `${from} ${to}`).toBe(true);
    const nodeOf = (topic: string) => nodes.find(({ topics }) => topics.includes(topic))!.id;
    for (const [job, { reads, follows, writes }] of Object.entries(JOBS)) {
      for (const topic of [...reads, ...follows].filter(topic => topic !== 'job.metrics')) {
        expect(
          arrows.some(({ from, to }) => from === nodeOf(topic) && to === `job:${job}`),
          `${topic} ${job}`,
        ).toBe(true);
      }
      for (const topic of writes.filter(topic => topic !== 'job.metrics')) {
        expect(
          arrows.some(({ from, to }) => from === `job:${job}` && to === nodeOf(topic)),
          `${job} ${topic}`,
        ).toBe(true);
      }
    }
  });

  it('draws topics between the same jobs as one, by what their names have in common', () => {
    const flow = { does: '', follows: [], fills: [] };
    const { nodes } = graphShape(
      {
        a: { ...flow, reads: ['in'], writes: ['x.user.log', 'x.item.log', 'y.one', 'y.two', 'z.left'] },
        b: { ...flow, reads: ['x.user.log', 'x.item.log', 'y.one', 'y.two'], writes: [] },
      },
      ['in', 'x.user.log', 'x.item.log', 'y.one', 'y.two', 'z.left'],
    );
    expect(nodes.filter(({ kind }) => kind === 'topic').map(({ name }) => name)).toEqual([
      'in',
      'x.*.log',
      'y.*',
      'z.left',
    ]);
  });
});
