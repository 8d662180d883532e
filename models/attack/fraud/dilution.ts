import { random } from '../../random.ts';
import type { FakeUsers } from './fraud.ts';

export interface DilutionOptions {
  /** Accounts, and events of each: the budget. */
  readonly users: number;
  readonly length: number;
  /** The items of others that are to be found less. */
  readonly victims: readonly number[];
  readonly items: number;
  readonly seed: number;
}

/**
 * Competitors' clicks that dilute: after a victim's item something is taken that has nothing to do with it, so that what
 * belongs together is drowned (a nuke attack by segment, as in Mobasher et al., "Toward trustworthy recommender systems",
 * ACM TOIT 2007, section 3).
 */
export function dilution({ users, length, victims, items, seed }: DilutionOptions): FakeUsers {
  const draws = random(seed);
  return Array.from({ length: users }, () =>
    Int32Array.from({ length }, (_, at) => (at % 2 === 0 ? victims[draws.below(victims.length)]! : draws.below(items))),
  );
}
