import { useState } from 'preact/hooks';
import type { Deed, JudgedModel, ModelInfo, ModelsPage as Page } from '../../api.ts';
import { Checks } from '../parts/checks.tsx';
import { Decisions } from '../parts/decisions.tsx';
import { Lineage } from '../parts/lineage.tsx';
import type { PageProps } from '../parts/page-props.ts';
import { Card, Choice, Empty, Shown } from '../parts/state.tsx';
import { Trial } from '../parts/trial.tsx';
import { useData } from '../server.ts';
import { count, number, short, time } from '../words.ts';

/** Who serves, who is on trial, where each comes from, and what the gates said. */
export function ModelsPage({ session }: PageProps) {
  const [surface, setSurface] = useState<Page['surface']>('home');
  const page = useData<Page>(`models?surface=${surface}`, 5_000);
  const [chosen, choose] = useState<string>();
  return (
    <>
      <div class="filters">
        <Choice<Page['surface']> label="Surface" of={session.surfaces} value={surface} choose={setSurface} />
      </div>
      <Shown of={page}>
        {page => (
          <>
            <Decisions session={session} page={page} done={() => undefined} />
            {page.trial && <Trial trial={page.trial} />}
            <Card title="Lineage" wide aside={<p class="hint">{count(page.models.length)} models in the registry</p>}>
              {page.models.length === 0 ? (
                <Empty>The registry is empty.</Empty>
              ) : (
                <Lineage page={page} chosen={chosen} choose={choose} />
              )}
              <ModelDetails model={page.models.find(({ id }) => id === chosen)} />
            </Card>
            <Card title="What the gates said" wide>
              {page.verdicts.length === 0 ? (
                <Empty>No candidate has been judged yet.</Empty>
              ) : (
                page.verdicts.map((verdict, n) => (
                  <VerdictRow key={verdict.run + verdict.kind} verdict={verdict} isFirst={n === 0} />
                ))
              )}
            </Card>
            <Card title="What served when" wide>
              <Deeds deeds={page.deeds} />
            </Card>
          </>
        )}
      </Shown>
    </>
  );
}

function ModelDetails({ model }: { model: ModelInfo | undefined }) {
  if (!model) return <p class="hint">Choose a model to see what it is made of.</p>;
  const { id, kind, created_ms, snapshot, seed, start, code, provider, features, features_version } = model;
  const { training, metrics } = model;
  const facts: [string, string][] = [
    ['kind', kind],
    ['registered', time(created_ms)],
    ['examples', snapshot ? short(snapshot) : 'none'],
    ['seed', seed === null ? 'none' : String(seed)],
    ...(start === null ? [] : [['began', start] as [string, string]]),
    ['code', code],
    ['trained on', provider ?? 'nothing'],
    ['features', `${features} (${features_version})`],
    ...Object.entries(training ?? {}).map(([name, value]): [string, string] => [
      name.replaceAll('_', ' '),
      number(value),
    ]),
    ...Object.entries(metrics).map(([name, value]): [string, string] => [name.replaceAll('_', ' '), number(value)]),
  ];
  return (
    <section class="details" aria-live="polite">
      <h3>{id}</h3>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function VerdictRow({ verdict, isFirst }: { verdict: JudgedModel; isFirst: boolean }) {
  const { id, passed, at_ms, checks, url, doubt, kind } = verdict;
  const failed = checks.filter(check => !check.passed && check.mode !== 'report').map(({ name }) => name);
  return (
    <details class="verdict" open={isFirst}>
      <summary>
        <span class={`chip ${passed ? 'good' : 'bad'}`}>{passed ? 'passed' : 'refused'}</span>
        <b>{kind === 'snapshot' ? `examples ${short(id)}` : id}</b>
        <span class="small">{time(at_ms)}</span>
        {failed.length > 0 && <span class="small">{failed.join(', ')}</span>}
        {doubt && <span class="bad small">not as a gate signed it</span>}
      </summary>
      {doubt && <p class="failure">{doubt}</p>}
      <Checks checks={checks} />
      {url && (
        <p>
          <a href={url} target="_blank" rel="noreferrer">
            Its workflow in Temporal
          </a>
        </p>
      )}
    </details>
  );
}

function Deeds({ deeds }: { deeds: readonly Deed[] }) {
  if (deeds.length === 0) return <Empty>Nothing has been promoted on this surface.</Empty>;
  return (
    <ol class="deeds">
      {deeds.map(({ at_ms, kind, stage, model, previous, reason, requested_by, approved_by, workflow, url }) => (
        <li key={`${at_ms}${model}${stage}`} class={kind.replace(' ', '-')}>
          <time dateTime={new Date(at_ms).toISOString()}>{time(at_ms)}</time>
          <p>
            <b>{stage === '' ? kind : `${kind}: ${stage}`}</b> <span title={model}>{model}</span>
            {previous && <span class="small"> in place of {previous}</span>}
          </p>
          <p class="small">
            {reason}, by {requested_by || workflow.split('/')[0]}
            {approved_by && `, approved by ${approved_by}`}{' '}
            {url && (
              <a href={url} target="_blank" rel="noreferrer">
                in Temporal
              </a>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}
