import type { TrainingRun } from '../../api.ts';
import { Chart, Legend, type Line } from '../drawings/chart.tsx';
import { Checks } from '../parts/checks.tsx';
import { Empty, Shown } from '../parts/state.tsx';
import { useData } from '../server.ts';
import { duration, number, time } from '../words.ts';

/** Retrainings: their steps, and the losses of those that train or have trained. */
export function TrainingPage() {
  const runs = useData<TrainingRun[]>('training', 2_000);
  return (
    <Shown of={runs}>
      {runs =>
        runs.length === 0 ? (
          <Empty>
            Nothing has been retrained yet. <code>npm run temper -- retrain</code> begins one.
          </Empty>
        ) : (
          runs.map((run, n) => <Run key={run.run} run={run} isFirst={n === 0} />)
        )
      }
    </Shown>
  );
}

const LINES = { loss: '--bronze', validation: '--blue' } as const;

function Run({ run, isFirst }: { run: TrainingRun; isFirst: boolean }) {
  const { surface, state, started_ms, ended_ms, url, reason, step, past, model, verdict, outcome } = run;
  const tone = state === 'running' ? 'purple' : verdict?.passed ? 'good' : state === 'completed' ? 'warning' : 'bad';
  const took = duration((ended_ms ?? Date.now()) - started_ms);
  return (
    <details class="card run" open={isFirst}>
      <summary>
        <span class={`chip ${tone}`}>{state === 'running' ? (step ?? state) : state}</span>
        <b>{model ?? surface}</b>
        <span class="small">
          {time(started_ms)}, {took}
        </span>
        <span class="small grow">{outcome ?? reason}</span>
      </summary>
      <div class="run-body">
        <Steps run={run} />
        <Curve run={run} />
      </div>
      {verdict && verdict.checks.length > 0 && (
        <details>
          <summary>
            {verdict.checks.filter(({ passed }) => passed).length} of {verdict.checks.length} checks passed
          </summary>
          <Checks checks={verdict.checks} />
        </details>
      )}
      <p class="small">
        {reason}
        {url && (
          <>
            {' · '}
            <a href={url} target="_blank" rel="noreferrer">
              this workflow in Temporal
            </a>
          </>
        )}
        {past.length === 0 && ' · no step is done yet'}
      </p>
    </details>
  );
}

function Steps({ run: { past, step, state, ended_ms } }: { run: TrainingRun }) {
  return (
    <ol class="steps">
      {past.map(({ step, took_ms, note }, n) => (
        <li key={n} class="done">
          <b>{step}</b> <span class="small">{duration(took_ms)}</span>
          <p class="small">{note}</p>
        </li>
      ))}
      {step && step !== 'done' && (
        <li class={ended_ms === null ? 'current' : 'ended'}>
          <b>{step}</b> <span class="small">{ended_ms === null ? 'now' : state}</span>
        </li>
      )}
    </ol>
  );
}

function Curve({ run: { curve, epochs } }: { run: TrainingRun }) {
  if (curve.length < 2) return <p class="empty">No losses were reported.</p>;
  const lines: Line[] = [
    { label: 'loss', color: LINES.loss, values: curve.map(({ loss }) => loss) },
    {
      label: 'on examples held out',
      color: LINES.validation,
      values: curve.map(({ validation_loss }) => validation_loss),
    },
  ];
  const last = curve.at(-1)!;
  return (
    <figure class="curve">
      <figcaption>
        <Legend lines={lines} />
        <span class="small">
          epoch {last.epoch}
          {epochs && ` of ${epochs}`}, loss {number(last.loss)}
        </span>
      </figcaption>
      <Chart label="Loss" x={curve.map(({ at_ms }) => at_ms / 1_000)} lines={lines} says={number} height={220} />
    </figure>
  );
}
