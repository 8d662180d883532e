/** Gives every item of a catalogue a score for what a user, or a session, will take next. */
export interface Scorer {
  /** Items are numbered from 0 to items - 1. */
  readonly items: number;
  /**
   * @param histories what each has taken, oldest first
   * @param into [histories, items], written over: the greater the likelier
   */
  score(histories: readonly Int32Array[], into: Float32Array): Promise<void> | void;
}

/** What many users or sessions took, each oldest first, in the order of their beginnings. */
export type Sequences = readonly Int32Array[];

/**
 * A scorer of one history at a time.
 *
 * @param score adds to a row of zeros
 */
export function eachHistory(items: number, score: (history: Int32Array, row: Float32Array) => void): Scorer {
  return {
    items,
    score: (histories, into) => {
      for (const [place, history] of histories.entries()) {
        const row = into.subarray(place * items, (place + 1) * items);
        row.fill(0);
        score(history, row);
      }
    },
  };
}
