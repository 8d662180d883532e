import { readFileSync } from 'node:fs';
import type { NextItems } from '../../../models/evaluate/ranks.ts';
import { TemperError } from '../../../schemas/errors.ts';

const LINE = 'a user and the items that he took, with spaces between them';

export interface LeftOut {
  /** Of the items, which are numbered as they come. */
  readonly names: readonly string[];
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
 * @throws INPUT_INVALID where there is no such file, or with the line that has no item; DATA_INSUFFICIENT where no user
 *   has three events
 */
export function readLeftOut(file: string): LeftOut {
  const numbers = new Map<string, number>();
  const numberOf = (item: string): number => {
    const known = numbers.get(item) ?? numbers.size;
    numbers.set(item, known);
    return known;
  };
  const all = linesOf(file).map((line, at) => {
    const [, ...taken] = line.trim().split(/\s+/);
    if (taken.length > 0) return Int32Array.from(taken, numberOf);
    throw new TemperError('INPUT_INVALID', {
      where: `${file}, line ${at + 1}`,
      expected: LINE,
      got: line.slice(0, 80),
    });
  });
  const long = all.filter(({ length }) => length >= 3);
  const short = all.filter(({ length }) => length < 3);
  if (long.length === 0) {
    throw new TemperError('DATA_INSUFFICIENT', { where: file, expected: 'a user with three events', got: 'none' });
  }
  return {
    names: [...numbers.keys()],
    training: [...long.map(each => each.slice(0, -2)), ...short],
    validation: leftOut(long, 2),
    test: leftOut(long, 1),
  };
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: file, expected: `a file with ${LINE}, a user a line`, cause });
  }
}

/** @param back which event is the target, 1 for the last */
function leftOut(sequences: readonly Int32Array[], back: number): NextItems {
  return {
    histories: sequences.map(each => each.slice(0, each.length - back)),
    targets: Int32Array.from(sequences, each => each.at(-back)!),
  };
}
