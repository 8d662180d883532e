import type { Reading } from './reading.ts';

/** `rising`: it is there, but not for as long as it has to be; `on`: it is there, and something may follow. */
export type State = 'off' | 'rising' | 'on';

export interface Stand {
  state: State;
  /** Since when it is in this state; of `rising`, since when it has been there at every look. */
  since_ms: number;
}

/** More than so many of the times between two looks are a gap: nobody knows what was in it. */
const GAP = 3;

/**
 * What becomes of a signal at a look. It comes on where it was bad at every look for a time, and goes off only where it
 * is well within its limit again: what swings about its limit is one signal, not many.
 *
 * @param former how it stood at the last look at the same champion
 */
export function nextStand(
  former: (Stand & { looked_ms: number }) | undefined,
  says: Reading['says'],
  { at_ms, every_ms, sustained_ms }: { at_ms: number; every_ms: number; sustained_ms: number },
): Stand {
  const state = former?.state ?? 'off';
  const stay = { state, since_ms: former?.since_ms ?? at_ms };
  const into = (next: State): Stand => (next === state ? stay : { state: next, since_ms: at_ms });
  if (says === 'good') return into('off');
  if (state === 'on') return stay;
  if (says === 'unknown') return into('off');
  if (says === 'between') return stay;
  const isAfterGap = former !== undefined && at_ms - former.looked_ms > GAP * every_ms;
  const since_ms = state === 'rising' && !isAfterGap ? former!.since_ms : at_ms;
  return at_ms - since_ms >= sustained_ms ? { state: 'on', since_ms: at_ms } : { state: 'rising', since_ms };
}
