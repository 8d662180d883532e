import { useState } from 'preact/hooks';
import type { LettersPage as Page } from '../../api.ts';
import { Card, Empty, Shown, Tile } from '../parts/state.tsx';
import { useData } from '../server.ts';
import { count, time } from '../words.ts';

/** What was refused: why, where it came from, and how it began. */
export function LettersPage() {
  const [which, setWhich] = useState({ topic: '', reason: '' });
  const page = useData<Page>(`dead-letters?${new URLSearchParams(which)}`, 10_000);
  return (
    <Shown of={page}>
      {({ total, reasons, letters }) => (
        <>
          <dl class="tiles">
            <Tile name="Dead letters" value={count(total)} tone={total === 0 ? 'good' : 'warning'} />
          </dl>
          {total === 0 ? (
            <Empty>Nothing has been refused.</Empty>
          ) : (
            <>
              <Card title="By reason">
                <ul class="reasons-list">
                  {[{ topic: '', reason: '', count: total }, ...reasons].map(({ topic, reason, count: n }) => (
                    <li key={`${topic}/${reason}`}>
                      <button
                        type="button"
                        aria-pressed={topic === which.topic && reason === which.reason}
                        onClick={() => setWhich({ topic, reason })}
                      >
                        <b>{reason === '' ? 'all' : reason.replaceAll('_', ' ')}</b>
                        <span class="small">{topic}</span>
                        <span class="figure">{count(n)}</span>
                      </button>
                    </li>
                  ))}
                </ul>
              </Card>
              <Card
                title="The newest"
                wide
                aside={
                  <p class="hint">
                    <code>temper dead-letters replay</code> sends again what would be taken today
                  </p>
                }
              >
                {letters.map(letter => (
                  <details key={letter.id} class="letter">
                    <summary>
                      <span class="chip bad">{letter.reason.replaceAll('_', ' ')}</span>
                      <b>
                        {letter.topic}/{letter.partition}/{letter.offset}
                      </b>
                      <span class="small">{time(letter.at_ms)}</span>
                      <span class="small grow">{letter.detail}</span>
                    </summary>
                    <dl class="facts">
                      <dt>key</dt>
                      <dd>{letter.key ?? 'none'}</dd>
                      <dt>why</dt>
                      <dd>{letter.detail}</dd>
                    </dl>
                    <pre>{letter.value ?? 'a tombstone: it holds nothing'}</pre>
                    {letter.truncated && <p class="small">Only its beginning was kept.</p>}
                  </details>
                ))}
              </Card>
            </>
          )}
        </>
      )}
    </Shown>
  );
}
