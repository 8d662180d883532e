import { useState } from 'preact/hooks';
import type { ClickRate, GraphNode, GraphShape, Now } from '../../api.ts';
import { Chart, Legend, type Line } from '../drawings/chart.tsx';
import { JobGraph, topicRate } from '../drawings/graph.tsx';
import { Intervals } from '../drawings/interval.tsx';
import { armOf } from '../parts/arms.ts';
import { Card, Empty, Shown, Tile } from '../parts/state.tsx';
import { useData, useNow } from '../server.ts';
import { count, ms, NONE, percent, rate, short } from '../words.ts';

/** What flows now, who is behind, and how well what is served does. */
export function NowPage() {
  const { now, past, isLive } = useNow();
  const shape = useData<GraphShape>('graph');
  const clicks = useData<ClickRate[]>('click-rates?hours=1', 10_000);
  const [chosen, choose] = useState<string>();
  const last = past.at(-1);
  const x = past.map(({ at_ms }) => at_ms / 1_000);
  const flows: Line[] = [
    { label: 'lists a second', color: '--blue', values: past.map(({ lists }) => lists) },
    { label: 'events a second', color: '--bronze', values: past.map(({ events }) => events) },
  ];
  const waits: Line[] = [{ label: 'p99 of a list', color: '--purple', values: past.map(({ p99_ms }) => p99_ms) }];
  return (
    <>
      <dl class="tiles">
        <Tile name="Champion" value={now?.champion ? short(now.champion) : NONE} tone="name" />
        <Tile name="Lists" value={rate(last?.lists)} unit="a second" />
        <Tile name="Events" value={rate(last?.events)} unit="a second" />
        <Tile name="p99 of a list" value={ms(last?.p99_ms)} />
        <Tile name="Waiting records" value={count(last?.lag)} tone={(last?.lag ?? 0) > 5_000 ? 'warning' : ''} />
      </dl>
      <Card
        title="Job graph"
        wide
        aside={
          <p class={`live ${isLive ? 'on' : ''}`} role="status">
            {isLive ? 'live' : 'waiting'}
          </p>
        }
      >
        <Shown of={shape}>
          {shape => (
            <>
              <JobGraph shape={shape} now={now} chosen={chosen} choose={choose} />
              <p class="hint">
                Solid ways carry records to one process each, dotted ones are read whole into memory. Choose a node to
                see more of it.
              </p>
              <Details node={shape.nodes.find(({ id }) => id === chosen)} now={now} />
            </>
          )}
        </Shown>
      </Card>
      <div class="columns">
        <Card title="The last five minutes" aside={<Legend lines={flows} />}>
          <Chart label="Lists and events a second" x={x} lines={flows} says={rate} from={0} />
        </Card>
        <Card title="Time of a list" aside={<Legend lines={waits} />}>
          <Chart label="p99 of a list" x={x} lines={waits} says={ms} from={0} />
        </Card>
      </div>
      <Card title="Click rate, the last hour" wide aside={<p class="hint">95 % intervals over users</p>}>
        <Shown of={clicks}>
          {rows =>
            rows.length === 0 ? (
              <Empty>No list has been joined with its outcome yet.</Empty>
            ) : (
              <Intervals label="Click rate by arm and model" rows={rows.map(rowOf)} />
            )
          }
        </Shown>
      </Card>
    </>
  );
}

function rowOf({ arm, model, users, ...rate }: ClickRate) {
  const { name, color } = armOf(arm);
  return {
    ...rate,
    color,
    name: model === '' || arm === 'control' ? name : model,
    note: `${name === model ? '' : `${arm}, `}${count(rate.of)} seen by ${count(users)} users`,
  };
}

function Details({ node, now }: { node: GraphNode | undefined; now: Now | undefined }) {
  if (!node) return null;
  const job = node.kind === 'job' ? now?.jobs.find(({ job }) => job === node.name) : undefined;
  const lags = Object.entries(job?.lag ?? {});
  return (
    <section class="details" aria-live="polite">
      <h3>{node.name}</h3>
      {node.does && <p>{node.does}</p>}
      <dl>
        {node.kind === 'topic' && (
          <>
            <Pair name="records a second" value={rate(topicRate(node, now))} />
            {node.topics.length > 1 && <Pair name="topics" value={node.topics.join(', ')} />}
          </>
        )}
        {job && (
          <>
            <Pair name="processes" value={String(job.processes)} />
            {job.unit && <Pair name={`${job.unit} since they started`} value={count(job.total)} />}
            {job.p50_ms !== null && <Pair name="p50 and p99" value={`${ms(job.p50_ms)}, ${ms(job.p99_ms)}`} />}
            <Pair name="of a processor" value={percent(job.cpu, 0)} />
            <Pair name="memory" value={`${count(job.rss_mb)} MB`} />
            {lags.map(([topic, lag]) => (
              <Pair key={topic} name={`behind on ${topic}`} value={count(lag)} />
            ))}
            {Object.entries(job.notes).map(([name, text]) => (
              <Pair key={name} name={name.replaceAll('_', ' ')} value={text} />
            ))}
          </>
        )}
      </dl>
    </section>
  );
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
