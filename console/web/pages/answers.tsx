import { useState } from 'preact/hooks';
import type { Outcome, AnswersPage as Page, ShownAnswer } from '../../api.ts';
import type { PageProps } from '../parts/page-props.ts';
import { Card, Choice, Empty, Shown, Tile } from '../parts/state.tsx';
import { useData } from '../server.ts';
import { count, ms, NONE, percent, time } from '../words.ts';

const ALL = { outcome: 'all', intent: '' } as const;
const OUTCOMES = ['all', 'answered', 'handed_over', 'refused'] as const;
const TONES: Record<Outcome, string> = { answered: 'good', handed_over: 'warning', refused: 'bad' };

/** What users asked, what they were answered from which sources, what went to a person, and how it was rated. */
export function AnswersPage({ query }: PageProps) {
  const [{ outcome, intent }, choose] = useState<{ outcome: (typeof OUTCOMES)[number]; intent: string }>(ALL);
  const [user, setUser] = useState(query.get('user') ?? '');
  const [hours, setHours] = useState(24);
  const asked = new URLSearchParams({ outcome: outcome === 'all' ? '' : outcome, intent, user, hours: String(hours) });
  const page = useData<Page>(`answers?${asked}`, 5_000);
  return (
    <>
      <form
        class="filters"
        onSubmit={event => {
          event.preventDefault();
          setUser(String(new FormData(event.currentTarget).get('user') ?? '').trim());
        }}
      >
        <Choice<(typeof OUTCOMES)[number]>
          label="Outcome"
          of={OUTCOMES}
          value={outcome}
          choose={each => choose({ outcome: each, intent })}
          say={saidOf}
        />
        <Choice<number> label="Hours" of={[1, 24, 168]} value={hours} choose={setHours} say={spanOf} />
        <label class="inline">
          User
          <input name="user" defaultValue={user} placeholder="everybody" maxLength={128} key={user} />
        </label>
        <button type="submit">Show</button>
      </form>
      <Shown of={page}>
        {({ outcomes, ratings, intents, answers }) => (
          <>
            <Sums outcomes={outcomes} ratings={ratings} />
            {intents.length > 0 && (
              <Card title="What they ask for">
                <Intents intents={intents} chosen={intent} choose={each => choose({ outcome, intent: each })} />
              </Card>
            )}
            <Card title="The newest" wide>
              {answers.length === 0 ? (
                <Nothing isAll={outcome === 'all' && intent === '' && user === ''} />
              ) : (
                answers.map(answer => <Answer key={answer.answer} answer={answer} seeUser={setUser} />)
              )}
            </Card>
          </>
        )}
      </Shown>
    </>
  );
}

const saidOf = (outcome: string): string => outcome.replace('_', ' ');
const spanOf = (hours: number): string => (hours === 1 ? 'an hour' : hours === 24 ? 'a day' : 'a week');

function Sums({ outcomes, ratings }: Pick<Page, 'outcomes' | 'ratings'>) {
  const all = outcomes.answered + outcomes.handed_over + outcomes.refused;
  const share = (of: number) => (all === 0 ? '' : `${percent(of / all, 0)} of all`);
  return (
    <dl class="tiles">
      <Tile name="Questions" value={count(all)} />
      <Tile name="Answered" value={count(outcomes.answered)} unit={share(outcomes.answered)} />
      <Tile name="Handed over" value={count(outcomes.handed_over)} unit={share(outcomes.handed_over)} />
      <Tile name="Refused" value={count(outcomes.refused)} unit={share(outcomes.refused)} />
      <Tile
        name="Rated"
        value={ratings.mean === null ? NONE : ratings.mean.toFixed(1)}
        unit={`of 5, by ${count(ratings.count)}`}
      />
    </dl>
  );
}

interface IntentsProps {
  intents: Page['intents'];
  chosen: string;
  choose(intent: string): void;
}

function Intents({ intents, chosen, choose }: IntentsProps) {
  return (
    <ul class="reasons-list">
      {intents.map(({ intent, count: n, handed_over }) => (
        <li key={intent}>
          <button
            type="button"
            aria-pressed={intent === chosen}
            onClick={() => choose(intent === chosen ? '' : intent)}
          >
            <b>{intent.replaceAll('_', ' ')}</b>
            <span class="small">{handed_over > 0 && `${count(handed_over)} to a person`}</span>
            <span class="figure">{count(n)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Nothing({ isAll }: { isAll: boolean }) {
  if (!isAll) return <Empty>There is none such.</Empty>;
  return (
    <Empty>
      Nobody has asked anything. Questions are answered where <code>TEMPER_POLICIES</code> names the shop’s texts;{' '}
      <code>npm run temper -- ask QUESTION</code> asks one.
    </Empty>
  );
}

function Answer({ answer, seeUser }: { answer: ShownAnswer; seeUser(user: string): void }) {
  const { outcome, question, at_ms, user, language, intent, text, sources, list, generator, dropped } = answer;
  return (
    <details class="letter question">
      <summary>
        <span class={`chip ${TONES[outcome]}`}>{saidOf(outcome)}</span>
        <b class="grow">{question}</b>
        {answer.rating !== null && <Rating value={answer.rating} />}
        <time class="small" dateTime={new Date(at_ms).toISOString()}>
          {time(at_ms)}
        </time>
      </summary>
      {answer.conversation.length > 0 && (
        <ol class="conversation" aria-label="What was said before">
          {answer.conversation.map(turn => (
            <li key={turn.at_ms}>
              <p>{turn.question}</p>
              <p class="small">{turn.answer}</p>
            </li>
          ))}
        </ol>
      )}
      <blockquote lang={language || undefined}>{text}</blockquote>
      <dl class="facts">
        <dt>from</dt>
        <dd>
          {sources.length === 0
            ? 'no source'
            : sources.map(source => (
                <code key={source} class="source">
                  {source}
                </code>
              ))}
        </dd>
        <dt>user</dt>
        <dd>
          <button type="button" class="link" onClick={() => seeUser(user)} title="All that this user asked">
            {user}
          </button>
        </dd>
        <dt>intent</dt>
        <dd>{intent ? `${intent.name.replaceAll('_', ' ')} (${percent(intent.probability, 0)})` : NONE}</dd>
        <dt>language</dt>
        <dd>{language || NONE}</dd>
        <dt>made by</dt>
        <dd>
          {generator === 'none' ? 'nobody' : generator}, in {ms(answer.spent_ms)}
          {dropped > 0 && `; ${count(dropped)} sentences that no source carries were left out`}
        </dd>
        {list !== '' && (
          <>
            <dt>recommended</dt>
            <dd>
              <a href={`#/lists?surface=support&user=${encodeURIComponent(user)}`}>{list}</a>
            </dd>
          </>
        )}
      </dl>
    </details>
  );
}

function Rating({ value }: { value: number }) {
  return (
    <span class={`figure ${value >= 3 ? 'good' : 'bad'}`} title="how good it was, by who asked">
      {value} of 5
    </span>
  );
}
