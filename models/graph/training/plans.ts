import { TemperError } from '../../../schemas/errors.ts';
import type { Random } from '../../random.ts';

/** The batches of an epoch: batch k has the rows `order[ends[k - 1]]` to `order[ends[k] - 1]`. */
export interface Plan {
  readonly order: Uint32Array;
  readonly ends: Uint32Array;
}

/** Every row once, in the order of the columns; the last batch may be smaller. */
export function inOrder(rows: number, size: number): Plan {
  return cut(rowNumbers(rows), size);
}

/**
 * Every row once, in random order; the last batch may be smaller.
 *
 * @param draws of this epoch alone, as `random(seed, epoch)` gives: a resumed run then sees the same batches
 */
export function shuffled(rows: number, size: number, draws: Random): Plan {
  return cut(draws.shuffle(rowNumbers(rows)), size);
}

/**
 * Every sequence once, with others of about its length, so that little is filled up: a batch takes as many as keep
 * sequences x longest within the budget. Who meets whom, and the order of the batches, are random; how many batches
 * there are follows from the lengths alone.
 *
 * @param lengths of the sequences, in tokens
 * @param tokens the budget of a batch
 * @param draws of this epoch alone, as `random(seed, epoch)` gives
 * @param bucket lengths up to the same multiple of it are mixed; the larger, the more random and the more is filled up
 * @throws INPUT_INVALID where a sequence alone is beyond the budget
 */
export function bucketed(lengths: ArrayLike<number>, tokens: number, draws: Random, bucket = 1): Plan {
  const bucketOf = (row: number) => Math.max(1, Math.ceil(lengths[row]! / bucket));
  // The sort is stable: rows of a bucket keep their random order.
  const sorted = draws.shuffle(rowNumbers(lengths.length)).sort((a, b) => bucketOf(a) - bucketOf(b));
  const starts = [0];
  for (const [at, row] of sorted.entries()) {
    const room = bucketOf(row) * bucket;
    if (lengths[row]! > tokens) throw tooLong(row, lengths[row]!, tokens);
    if (at > starts.at(-1)! && (at + 1 - starts.at(-1)!) * room > tokens) starts.push(at);
  }
  return lengths.length === 0 ? inOrder(0, 1) : reordered(sorted, starts, draws);
}

/** Shuffles the batches that begin at these places, each kept together. */
function reordered(sorted: Uint32Array, starts: readonly number[], draws: Random): Plan {
  const order = new Uint32Array(sorted.length);
  const ends = new Uint32Array(starts.length);
  let end = 0;
  for (const [place, batch] of draws.shuffle(rowNumbers(starts.length)).entries()) {
    const rows = sorted.subarray(starts[batch], starts[batch + 1]);
    order.set(rows, end);
    end += rows.length;
    ends[place] = end;
  }
  return { order, ends };
}

function cut(order: Uint32Array, size: number): Plan {
  const ends = Uint32Array.from({ length: Math.ceil(order.length / size) }, (_, batch) => (batch + 1) * size);
  if (ends.length > 0) ends[ends.length - 1] = order.length;
  return { order, ends };
}

function rowNumbers(rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) => row);
}

function tooLong(row: number, length: number, tokens: number): TemperError {
  return new TemperError('INPUT_INVALID', {
    where: `sequence ${row}`,
    expected: `at most ${tokens} tokens, the budget of a batch`,
    got: String(length),
    next: 'Cut long sequences to their newest part, or raise the budget',
  });
}
