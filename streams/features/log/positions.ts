import { TemperError } from '../../../schemas/errors.ts';
import type { DeltaHead } from './delta.ts';

/**
 * How far each source partition has been taken in: the next offset of each. Every writer works through a source
 * partition in order and writes the same for the same offsets; so what is below is a copy, whoever wrote it and when.
 */
export class Positions {
  readonly #next: Map<number, number>;

  constructor(next: Iterable<readonly [source: number, next: number]> = []) {
    this.#next = new Map(next);
  }

  /** The next offset of a source partition, undefined where nothing has come of it. */
  of(source: number): number | undefined {
    return this.#next.get(source);
  }

  entries(): [source: number, next: number][] {
    return [...this.#next];
  }

  /**
   * Takes a record's range in. The facts from the returned offset on are new; where none are, it is the range's end.
   *
   * @throws OFFSET_LOST where records are missing in between
   */
  take({ source, from, to, opening }: DeltaHead, where: string): number {
    const next = this.#next.get(source);
    if (next !== undefined && from > next && !opening) {
      throw new TemperError('OFFSET_LOST', {
        where: `${where}, offsets of partition ${source} of shop.events`,
        expected: `a record that goes on from ${next}`,
        got: `one that begins at ${from}`,
        next: 'Records of the features are missing. Delete the topics features.* and start the job: it makes them anew from the events',
      });
    }
    if (next !== undefined && to <= next) return to;
    this.#next.set(source, to);
    return next === undefined ? from : Math.max(from, next);
  }
}
