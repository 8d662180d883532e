import { SignalName, type WatchPolicy } from '../../schemas/policies/watch-policy.ts';
import type { Reading, Watched } from './reading.ts';
import type { Stand } from './states.ts';

/** A signal at a look: what it says, and how it stands after it. */
export interface Signal extends Reading, Stand {}

export interface Deed {
  /** `none`: nothing is on; `alert`: something is, and nothing else follows. */
  act: 'none' | 'alert' | 'retrain' | 'rollback';
  /** Why no more follows than does, where that is so; the signals that are on, and what they say. */
  reason: string;
  /** Of a retraining: since when what it is about has been there. */
  change?: Change;
}

/** What a retraining is to learn: when a signal came on, and since when it had been bad. */
export interface Change {
  on_ms: number;
  began_ms: number;
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/**
 * What follows from the signals that are on. The strongest of their acts, of those that may be: a rollback in the first
 * hours of a champion that was promoted in the place of another, a retraining after the cool-down of those before.
 *
 * @param retrained when signals began retrainings on this surface
 * @param sustained for how long a signal has been bad when it comes on
 */
export function decide(
  signals: readonly Signal[],
  policy: WatchPolicy,
  { watched, at_ms, retrained, sustained_ms }: Deciding,
): Deed {
  const on = signals
    .filter(({ signal, state }) => state === 'on' && policy[signal].act !== 'off')
    .sort((a, b) => SignalName.options.indexOf(a.signal) - SignalName.options.indexOf(b.signal));
  if (on.length === 0) return { act: 'none', reason: '' };
  const asks = (act: 'rollback' | 'retrain') => on.filter(each => policy[each.signal].act === act && !each.isAlone);
  const [back, again] = [asks('rollback'), asks('retrain')];
  const hindered: string[] = [];
  if (back.length > 0) {
    const why = againstRollback(watched, at_ms, policy);
    if (!why) return { act: 'rollback', reason: inWords(back) };
    hindered.push(why);
  }
  if (again.length > 0) {
    const until_ms = coolUntil(retrained, at_ms, policy);
    if (at_ms >= until_ms) return { act: 'retrain', reason: inWords(again), change: changeOf(again, sustained_ms) };
    hindered.push(`no retraining begins before ${new Date(until_ms).toISOString()}, since one began lately`);
  }
  if (on.some(({ isAlone }) => isAlone))
    hindered.push('nothing follows from a click rate that no control stands beside');
  return { act: 'alert', reason: [...hindered, inWords(on)].join('; ') };
}

export interface Deciding {
  watched: Watched;
  at_ms: number;
  retrained: readonly number[];
  sustained_ms: (signal: SignalName) => number;
}

/** What came before the earliest of them says nothing of how things are now. */
function changeOf(signals: readonly Signal[], sustained_ms: Deciding['sustained_ms']): Change {
  return {
    on_ms: Math.min(...signals.map(({ since_ms }) => since_ms)),
    began_ms: Math.min(...signals.map(({ signal, since_ms }) => since_ms - sustained_ms(signal))),
  };
}

/**
 * A retraining that a change asks for waits until there is enough of what came since: a model that learned from what was
 * before, and is judged by what came after, is the champion once more. Where one was begun since and the signal is still
 * on, there was too little to learn from or to judge by, and the next waits for twice as much. It does not wait for ever.
 *
 * @param lists with outcomes since the change began
 * @param retrained when signals began retrainings on this surface
 */
export function whenLearnable(
  deed: Deed,
  { lists, at_ms, retrained }: { lists: number; at_ms: number; retrained: readonly number[] },
  { retrain }: WatchPolicy,
): Deed {
  const { act, reason, change } = deed;
  if (act !== 'retrain' || !change) return deed;
  const tried = retrained.filter(began_ms => began_ms >= change.on_ms);
  const wanted = retrain.lists * 2 ** tried.length;
  const until_ms = Math.max(change.on_ms, ...tried) + retrain.wait_hours * HOUR_MS;
  if (lists >= wanted || at_ms >= until_ms) return deed;
  const waits = `a retraining waits for ${wanted} lists since ${new Date(change.began_ms).toISOString()}, of which ${lists} are there`;
  return { act: 'alert', reason: `${waits}; ${reason}` };
}

function inWords(signals: readonly Signal[]): string {
  return signals.map(({ signal, reason }) => `${signal}: ${reason}`).join('; ');
}

function againstRollback({ former, isPromoted, promoted_ms }: Watched, at_ms: number, policy: WatchPolicy) {
  if (former === null) return 'nobody served before, to whom to go back';
  if (!isPromoted) return 'the champion came by a rollback itself';
  const { hours } = policy.fall;
  return at_ms - promoted_ms > hours * HOUR_MS ? `its promotion is more than ${hours} hours ago` : undefined;
}

/** Each retraining of a week doubles the time until the next: what retraining does not mend is not for it to mend. */
function coolUntil(retrained: readonly number[], at_ms: number, { retrain }: WatchPolicy): number {
  const lately = retrained.filter(began_ms => at_ms - began_ms < WEEK_MS);
  if (lately.length === 0) return at_ms;
  const hours = Math.min(retrain.most_hours, retrain.cool_down_hours * 2 ** (lately.length - 1));
  return Math.max(...lately) + hours * HOUR_MS;
}
