import type { TrialNow } from '../../api.ts';
import { count, duration, number } from '../words.ts';
import { Card } from './state.tsx';

/** A challenger that is on trial: its stages so far, and what it brings beyond the champion, with the interval that holds at every look. */
export function Trial({ trial }: { trial: TrialNow }) {
  const { model, champion, stage, since_ms, paused, says, clicks, past, exposed } = trial;
  const most = clicks ? Math.max(Math.abs(clicks.low), Math.abs(clicks.high), 1e-9) * 1.1 : 1;
  const at = (value: number) => `${50 + (50 * Math.max(-most, Math.min(most, value))) / most}%`;
  return (
    <Card title="On trial" wide aside={<p class="chip purple">{paused ? 'paused' : stage}</p>}>
      <p>
        <b>{model || 'a challenger'}</b> beside <b>{champion || 'the champion'}</b>
        {says && `; ${says}`}
      </p>
      <ol class="stages">
        {past.map(({ stage, took_ms, note }) => (
          <li key={stage} title={note}>
            <b>{stage}</b> <span class="small">{duration(took_ms)}</span>
          </li>
        ))}
        <li class="current">
          <b>{stage}</b> <span class="small">{duration(Date.now() - since_ms)}</span>
        </li>
      </ol>
      {clicks && (
        <figure class="difference">
          <figcaption>
            clicks of a list beyond the champion's {number(clicks.champion)}: {number(clicks.difference)} (
            {number(clicks.low)} to {number(clicks.high)})
          </figcaption>
          <div class="whisker zero" aria-hidden="true">
            <i class="limit" style={{ left: '50%' }} />
            <i class="span" style={{ left: at(clicks.low), right: `calc(100% - ${at(clicks.high)})` }} />
            <i class="dot" style={{ left: at(clicks.difference) }} />
          </div>
        </figure>
      )}
      <p class="small">
        {count(exposed.users)} users have had {count(exposed.lists)} lists with it.
        {paused && ` Paused by ${paused.by}: ${paused.reason}`}
      </p>
    </Card>
  );
}
