import { readFileSync } from 'node:fs';
import type { NextItems } from '../../models/evaluate/ranks.ts';
import { TemperError } from '../../schemas/errors.ts';

export interface LeftOut {
  readonly items: number;
  /** What each user took but for the last two events. */
  readonly training: readonly Int32Array[];
  /** The event before the last, after those of training. */
  readonly validation: NextItems;
  /** The last event, after all others. */
  readonly test: NextItems;
}

/**
 * A user a line, `user item item ...` in the order of time, apart by spaces, each user's last two events left out.
 * Users with fewer than three events are for training alone.
 *
 * @throws INPUT_INVALID with the line that has no item
 */
export function readLeftOut(file: string): LeftOut {
  const numbers = new Map<string, number>();
  const numberOf = (item: string): number => {
    const known = numbers.get(item) ?? numbers.size;
    numbers.set(item, known);
    return known;
  };
  const all = readFileSync(file, 'utf8')
    .trimEnd()
    .split(/\r?\n/)
    .map((line, at) => {
      const [, ...taken] = line.trim().split(/\s+/);
      if (taken.length > 0) return Int32Array.from(taken, numberOf);
      throw new TemperError('INPUT_INVALID', {
        where: `${file}, line ${at + 1}`,
        expected: 'a user and the items that he took, with spaces between them',
        got: line.slice(0, 80),
      });
    });
  const long = all.filter(({ length }) => length >= 3);
  const short = all.filter(({ length }) => length < 3);
  return {
    items: numbers.size,
    training: [...long.map(each => each.slice(0, -2)), ...short],
    validation: leftOut(long, 2),
    test: leftOut(long, 1),
  };
}

/** @param back which event is the target, 1 for the last */
function leftOut(sequences: readonly Int32Array[], back: number): NextItems {
  return {
    histories: sequences.map(each => each.slice(0, each.length - back)),
    targets: Int32Array.from(sequences, each => each.at(-back)!),
  };
}
