import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { WatchLook } from '../../activities/index.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import { SEARCH_ATTRIBUTES } from '../story.ts';

/** Tells of a look: what Temporal's lists and the page of the run show. */
export function tellLook(surface: Surface, look: WatchLook | null): void {
  upsertMemo({ status: look ? statusOf(look) : { surface, model: null } });
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.surface, value: surface },
    ...(look
      ? [
          { key: SEARCH_ATTRIBUTES.model, value: look.model },
          { key: SEARCH_ATTRIBUTES.verdict, value: verdictOf(look) },
          { key: SEARCH_ATTRIBUTES.step, value: look.act },
        ]
      : []),
  ]);
  setCurrentDetails(look ? detailsOf(look) : 'Nobody serves');
}

export function tellOutcome(look: WatchLook, outcome: string): void {
  upsertMemo({ status: { ...statusOf(look), outcome } });
  setCurrentDetails(`${detailsOf(look)}\n\n**${outcome}**`);
}

/** `well`, or what is rising, or on. */
function verdictOf({ signals }: WatchLook): string {
  const named = (state: string) => signals.filter(signal => signal.state === state).map(({ signal }) => signal);
  const [on, rising] = [named('on'), named('rising')];
  if (on.length > 0) return `on: ${on.join(', ')}`;
  return rising.length > 0 ? `rising: ${rising.join(', ')}` : 'well';
}

function statusOf({ surface, model, act, reason, at_ms, signals }: WatchLook) {
  const states = Object.fromEntries(signals.map(({ signal, state }) => [signal, state]));
  return { surface, model, act, reason, at_ms, signals: states };
}

function detailsOf({ model, act, reason, signals, drifts }: WatchLook): string {
  const lines = [`\`${model}\` serves${act === 'none' ? '' : `; **${act}**: ${reason}`}`, ''];
  for (const { signal, state, reason } of signals) lines.push(`- **${signal}** ${state}: ${reason}`);
  for (const { feature, psi, chance } of drifts.slice(0, 3)) {
    lines.push(`  - ${feature}: stability index ${psi.toFixed(3)}, by chance at most ${chance.toFixed(3)}`);
  }
  return lines.join('\n');
}
