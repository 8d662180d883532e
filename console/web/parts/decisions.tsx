import { useEffect, useRef, useState } from 'preact/hooks';
import type { DecisionRequest, ModelsPage, SessionInfo } from '../../api.ts';
import { decide, type Refusal } from '../server.ts';
import { type Offer, offersOf } from './offers.ts';

const WORDS: Record<DecisionRequest['verb'], { button: string; says: string }> = {
  approve: { button: 'Approve', says: 'lets the model serve' },
  reject: { button: 'Reject', says: 'keeps the model from serving' },
  pause: { button: 'Pause the trial', says: 'keeps the challenger at its stage' },
  resume: { button: 'Go on', says: 'lets the paused trial go on' },
  rollback: { button: 'Roll back', says: 'takes back what serves: a challenger on trial, else the champion' },
};

/** What an operator may decide now, each with a reason for the record. */
export function Decisions({ session, page, done }: DecisionsProps) {
  // As the page was when somebody chose: it is asked for anew every few seconds.
  const [chosen, choose] = useState<{ offer: Offer; page: ModelsPage }>();
  const [said, setSaid] = useState('');
  if (session.role !== 'operator') return null;
  return (
    <section class="decisions" aria-label="Decisions">
      {page.awaits && (
        <p class="notice" role="status">
          {page.awaits.model ?? 'A model'} has passed its gates and waits for your word.
        </p>
      )}
      {said && (
        <p class="notice good" role="status">
          {said}
        </p>
      )}
      <div class="buttons">
        {offersOf(page).map(offer => (
          <button
            key={offer.verb}
            type="button"
            class={offer.verb === 'rollback' || offer.verb === 'reject' ? 'danger' : ''}
            onClick={() => choose({ offer, page })}
          >
            {WORDS[offer.verb].button}
          </button>
        ))}
      </div>
      {chosen && (
        <Ask
          {...{ ...chosen, session }}
          close={() => choose(undefined)}
          done={words => {
            choose(undefined);
            setSaid(words);
            done();
          }}
        />
      )}
    </section>
  );
}

interface DecisionsProps {
  session: SessionInfo;
  page: ModelsPage;
  done(): void;
}

function Ask({ offer: { verb, model }, session, page, close, done }: AskProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [failure, setFailure] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const former = [...new Set(page.deeds.map(({ model }) => model))].filter(model => model !== page.champion);
  const send = async (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const text = (name: string) => String(fields.get(name) ?? '');
    setBusy(true);
    try {
      const to = text('to');
      const asked = { surface: page.surface, verb, model, by: text('by'), reason: text('reason'), ...(to && { to }) };
      done((await decide(session, asked)).words);
    } catch (error) {
      setFailure(error as Refusal);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="asked">
      <form
        onSubmit={event => {
          event.preventDefault();
          void send(event.currentTarget);
        }}
      >
        <h2 id="asked">
          {WORDS[verb].button}: {page.surface}
        </h2>
        <p class="hint">
          This {WORDS[verb].says}. It is about <b>{model}</b>. Who and why stands in the record for ever.
        </p>
        {verb === 'rollback' && !page.trial && (
          <label>
            Who is to serve
            <select name="to">
              <option value="">who served before</option>
              {former.map(model => (
                <option key={model} value={model}>
                  {model}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          Your name
          <input name="by" required maxLength={100} autocomplete="name" />
        </label>
        <label>
          Reason
          <textarea name="reason" required maxLength={500} rows={3} />
        </label>
        {failure && (
          <p class="failure" role="alert">
            {failure.message}
          </p>
        )}
        <div class="buttons">
          <button type="submit" disabled={isBusy} class={verb === 'rollback' || verb === 'reject' ? 'danger' : ''}>
            {isBusy ? 'Asking…' : WORDS[verb].button}
          </button>
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            Leave it
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface AskProps {
  offer: Offer;
  session: SessionInfo;
  page: ModelsPage;
  close(): void;
  done(words: string): void;
}
