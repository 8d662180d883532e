import { useMemo, useState } from 'preact/hooks';
import type { GraphNode, GraphShape, JobNow, Now } from '../../api.ts';
import { count, rate } from '../words.ts';
import { type Drawn, type Placed, pictureOf } from './layout.ts';
import { Sideways } from './sideways.tsx';

/** Above so many records a job is behind what is asked of it. */
const BEHIND = 1_000;

/** The job graph, alive: what flows moves, who is behind is marked; of what is chosen the ways in and out stand out. */
export function JobGraph({ shape, now, chosen, choose }: GraphProps) {
  const picture = useMemo(() => pictureOf(shape), [shape]);
  const { width, height } = picture;
  const [pointed, setPointed] = useState<string>();
  const lit = pointed ?? chosen;
  const isNear = ({ from, to }: GraphShape['arrows'][number]) => lit === undefined || from === lit || to === lit;
  const near = new Set(shape.arrows.filter(isNear).flatMap(({ from, to }) => [from, to]));
  return (
    <Sideways name="The job graph" kind="graph">
      <svg viewBox={`0 0 ${width} ${height}`} class={lit ? 'lit' : ''} width={width}>
        <title>Jobs, topics between them, and the records that flow each second</title>
        <g class="arrows">
          {picture.arrows.map(drawn => (
            <Arrow
              key={`${drawn.arrow.from} ${drawn.arrow.to}`}
              drawn={drawn}
              flow={flowOf(drawn, shape, now)}
              isNear={isNear(drawn.arrow)}
            />
          ))}
        </g>
        {picture.nodes.map(placed => (
          <Node
            key={placed.node.id}
            placed={placed}
            now={now}
            isNear={near.has(placed.node.id)}
            isChosen={placed.node.id === chosen}
            choose={() => choose(placed.node.id === chosen ? undefined : placed.node.id)}
            point={isIn => setPointed(isIn ? placed.node.id : undefined)}
          />
        ))}
      </svg>
    </Sideways>
  );
}

interface GraphProps {
  shape: GraphShape;
  now: Now | undefined;
  chosen: string | undefined;
  choose(id: string | undefined): void;
}

/** Records a second on the topic at one of its ends. */
function flowOf({ arrow }: Drawn, shape: GraphShape, now: Now | undefined): number {
  const topic = shape.nodes.find(({ id, kind }) => kind === 'topic' && (id === arrow.from || id === arrow.to));
  return topic ? (topicRate(topic, now) ?? 0) : 0;
}

export function topicRate({ topics }: GraphNode, now: Now | undefined): number | null {
  const rates = topics.map(topic => now?.topics[topic] ?? null);
  return rates.every(each => each === null) ? null : rates.reduce<number>((sum, each) => sum + (each ?? 0), 0);
}

function Arrow({ drawn: { arrow, path }, flow, isNear }: { drawn: Drawn; flow: number; isNear: boolean }) {
  const isFlowing = flow > 0.05 && arrow.kind !== 'follows';
  // The more flows the faster it goes: from 4 s for a way at a record a second to half a second at some thousands.
  const seconds = Math.max(0.5, 4 - Math.log10(Math.max(1, flow)));
  return (
    <g class={`arrow ${arrow.kind} ${isNear ? 'near' : ''}`}>
      <path d={path} />
      {isFlowing && <path d={path} class="flow" style={{ animationDuration: `${seconds}s` }} />}
    </g>
  );
}

function Node({ placed, now, isNear, isChosen, choose, point }: NodeProps) {
  const { node, x, y, width, height } = placed;
  const job = node.kind === 'job' ? now?.jobs.find(({ job }) => job === node.name) : undefined;
  const lag = job ? Object.values(job.lag).reduce((sum, each) => sum + each, 0) : 0;
  const state = node.kind !== 'job' || !now ? '' : !job ? 'silent' : lag > BEHIND ? 'behind' : 'well';
  const words = wordsOf(node, job, now, lag);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand in a picture
    <g
      class={`node ${node.kind} ${state} ${isNear ? 'near' : ''} ${isChosen ? 'chosen' : ''}`}
      transform={`translate(${x} ${y})`}
      tabindex={0}
      role="button"
      aria-pressed={isChosen}
      aria-label={`${node.name}, ${words.join(', ') || node.does}`}
      onClick={choose}
      onKeyDown={event => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        choose();
      }}
      onMouseEnter={() => point(true)}
      onMouseLeave={() => point(false)}
    >
      <rect width={width} height={height} rx={node.kind === 'topic' ? height / 2 : 10} />
      {state && <circle class="lamp" cx={width - 14} cy={16} r={4.5} />}
      <text class="name" x={node.kind === 'job' ? 12 : width / 2} y={node.kind === 'job' ? 21 : height / 2 - 1}>
        {node.name}
      </text>
      {words.map((word, n) => (
        <text
          key={n}
          class="word"
          x={node.kind === 'job' ? 12 : width / 2}
          y={node.kind === 'job' ? 38 + 15 * n : height / 2 + 11}
        >
          {word}
        </text>
      ))}
    </g>
  );
}

interface NodeProps {
  placed: Placed;
  now: Now | undefined;
  isNear: boolean;
  isChosen: boolean;
  choose(): void;
  point(isIn: boolean): void;
}

function wordsOf(node: GraphNode, job: JobNow | undefined, now: Now | undefined, lag: number): string[] {
  if (node.kind === 'topic') {
    const perSecond = topicRate(node, now);
    return perSecond === null ? [] : [`${rate(perSecond)} /s`];
  }
  if (node.kind !== 'job') return [];
  if (!job) return now ? ['does not report'] : [];
  const doing =
    job.unit && job.per_second !== null ? `${rate(job.per_second)} ${job.unit.replace('rows of ', '')}/s` : 'runs';
  return [doing, Object.keys(job.lag).length > 0 ? `lag ${count(lag)}` : `${count(job.rss_mb)} MB`];
}
