import { JOBS, TOPICS } from '../../streams/graph.ts';
import type { GraphNode, GraphShape } from '../api.ts';

interface Flow {
  does: string;
  reads: readonly string[];
  follows: readonly string[];
  writes: readonly string[];
  fills: readonly string[];
}

/** What a shop reads, and what it writes beside the topics that no job does. */
const OF_SHOP: Record<'reads' | 'writes', readonly string[]> = {
  reads: ['rank.lists', 'raw.lists', 'support.answers'],
  writes: ['rank.requests'],
};

/** Every job reports: that arrow says nothing. */
const HIDDEN = 'job.metrics';

/**
 * The graph as it is declared, with the shop, and ClickHouse as one place. Topics between the same jobs are one node:
 * a picture of all of them is read by nobody.
 */
export function graphShape(flows: Readonly<Record<string, Flow>> = JOBS, topics = Object.keys(TOPICS)): GraphShape {
  const jobs = Object.entries(flows);
  const written = new Set(jobs.flatMap(([, { writes }]) => writes));
  const nodes: GraphNode[] = [
    { id: 'shop', name: 'your shop', kind: 'shop', does: 'acts, asks, and shows the lists', topics: [] },
    {
      id: 'store',
      name: 'ClickHouse',
      kind: 'store',
      does: 'what training, evaluation and this page read',
      topics: [],
    },
    ...jobs.map(([name, { does }]): GraphNode => ({ id: `job:${name}`, name, kind: 'job', does, topics: [] })),
  ];
  const arrows: GraphShape['arrows'] = jobs
    .filter(([, { fills }]) => fills.length > 0)
    .map(([job]) => ({ from: `job:${job}`, to: 'store', kind: 'fills' }));
  for (const members of alike(
    jobs,
    topics.filter(topic => topic !== HIDDEN),
  )) {
    const node: GraphNode = {
      id: `topic:${members[0]}`,
      name: nameOf(members),
      kind: 'topic',
      does: '',
      topics: members,
    };
    const has = (list: readonly string[]) => list.some(topic => members.includes(topic));
    nodes.push(node);
    for (const [name, { reads, follows, writes }] of jobs) {
      const job = `job:${name}`;
      if (has(reads)) arrows.push({ from: node.id, to: job, kind: 'reads' });
      else if (has(follows)) arrows.push({ from: node.id, to: job, kind: 'follows' });
      if (has(writes)) arrows.push({ from: job, to: node.id, kind: 'writes' });
    }
    if (members.some(topic => !written.has(topic) || OF_SHOP.writes.includes(topic)))
      arrows.push({ from: 'shop', to: node.id, kind: 'writes' });
    if (has(OF_SHOP.reads)) arrows.push({ from: node.id, to: 'shop', kind: 'reads' });
  }
  return { nodes, arrows };
}

/** Topics in groups whose writers are the same, and whose readers. */
function alike(jobs: readonly (readonly [string, Flow])[], topics: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const topic of topics) {
    const who = (of: (flow: Flow) => readonly string[]) =>
      jobs.filter(([, flow]) => of(flow).includes(topic)).map(([name]) => name);
    const family = topic.split('.')[0]!;
    const key = JSON.stringify([
      family,
      who(({ writes }) => writes),
      who(({ reads, follows }) => [...reads, ...follows]),
    ]);
    groups.set(key, [...(groups.get(key) ?? []), topic]);
  }
  return [...groups.values()];
}

/** What the names have in common at both ends, with a star for the rest. */
function nameOf(topics: readonly string[]): string {
  const parts = topics.map(topic => topic.split('.'));
  const [first] = parts;
  if (parts.length === 1) return topics[0]!;
  const sameAt = (at: (all: string[]) => string | undefined) => new Set(parts.map(at)).size === 1;
  const start = first!.filter((_, n) => first!.slice(0, n + 1).every((_, k) => sameAt(all => all[k])));
  const end = first!.filter((_, n) => first!.slice(n).every((_, k) => sameAt(all => all.at(n - first!.length + k))));
  return [...start, '*', ...(end.length < first!.length ? end : [])].join('.');
}
