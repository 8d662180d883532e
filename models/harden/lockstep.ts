import type { Sequences } from '../controls/scorer.ts';

export interface LockstepOptions {
  /** Twins have so many different items in common, and */
  readonly least: number;
  /** at least this share of those of the one that is looked at, and */
  readonly share: number;
  /** so many times what two users have in common by chance, each item taken by as many as it is. */
  readonly overChance: number;
  /** Users to whom more than this share of all are twins act in lockstep: fewer accounts can't move much. */
  readonly twins: number;
}

export const LOCKSTEP: LockstepOptions = { least: 2, share: 0.15, overChance: 5, twins: 0.01 };

/** In a small log some have so many twins by chance. */
const LEAST_TWINS = 20;

/** Of an item that more users took than this, so many are looked at: what everybody has makes no twins. */
const MOST_TAKERS = 2_000;

/**
 * Users who take the same items as many others do: accounts that one hand moves have to take what it pushes, whatever
 * they take beside it (Beutel et al., "CopyCatch: stopping group attacks by spotting lockstep behavior in social
 * networks", WWW 2013).
 *
 * @returns for each sequence whether its user is one of them
 */
export function inLockstep(sequences: Sequences, options: LockstepOptions = LOCKSTEP): boolean[] {
  const taken = sequences.map(sequence => new Set(sequence));
  const takers = new Map<number, number[]>();
  for (const [user, items] of taken.entries()) {
    for (const item of items) {
      const found = takers.get(item);
      if (found) found.push(user);
      else takers.set(item, [user]);
    }
  }
  const common = new Uint16Array(sequences.length);
  return taken.map((items, user) => {
    let chance = 0;
    for (const item of items) chance += takers.get(item)!.length / sequences.length;
    const wanted = Math.max(options.least, options.share * items.size, options.overChance * chance);
    const met: number[] = [];
    for (const item of items) {
      for (const other of takers.get(item)!.slice(0, MOST_TAKERS)) {
        if (common[other]!++ === 0) met.push(other);
      }
    }
    let twins = 0;
    for (const other of met) {
      if (other !== user && common[other]! >= wanted) twins++;
      common[other] = 0;
    }
    return twins > Math.max(LEAST_TWINS, options.twins * sequences.length);
  });
}

/** The sequences without those of users in lockstep. */
export function withoutLockstep(sequences: Sequences, options?: LockstepOptions): Sequences {
  const suspect = inLockstep(sequences, options);
  return sequences.filter((_, user) => !suspect[user]);
}
