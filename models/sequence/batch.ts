import { value } from '../graph/runtime.ts';
import { accidentalHits } from '../graph/training/losses.ts';
import type { Feeds } from '../graph/training/trainer.ts';
import type { Random } from '../random.ts';

/** Items that a ranker reads one after the other, and what it is to find after each of them. */
export interface Walk {
  readonly read: Int32Array;
  readonly next: Int32Array;
}

/** Every event of a sequence but the last is to find the one after it. */
export function walkOf(sequence: Int32Array): Walk {
  return { read: sequence.subarray(0, -1), next: sequence.subarray(1) };
}

/**
 * The same where after some events an item was taken that has nothing to do with the user, by another hand or by
 * mistake: the next of the user's own events is to be found all the same.
 *
 * @param chance of that after each event
 * @param population what strangers are drawn from, each as likely
 * @param most of the walk's newest events are kept
 */
export function strayingWalk(
  sequence: Int32Array,
  { chance, population, most }: { chance: number; population: Int32Array; most: number },
  draws: Random,
): Walk {
  const [read, next]: [number[], number[]] = [[], []];
  for (let at = 0; at < sequence.length - 1; at++) {
    read.push(sequence[at]!);
    next.push(sequence[at + 1]!);
    if (draws.uniform() >= chance) continue;
    read.push(population[draws.below(population.length)]!);
    next.push(sequence[at + 1]!);
  }
  return { read: Int32Array.from(read.slice(-most)), next: Int32Array.from(next.slice(-most)) };
}

/**
 * What `rankerLoss` takes.
 *
 * @param population how many items the negatives were drawn from, each equally likely
 */
export function feedsOf(walks: readonly Walk[], negatives: Int32Array, population: number, step: number): Feeds {
  const length = Math.max(...walks.map(({ read }) => read.length));
  const different = new Map<number, number>();
  const placeOf = (item: number): number => {
    const place = different.get(item) ?? different.size;
    different.set(item, place);
    return place;
  };
  const ids = new BigInt64Array(walks.length * length);
  const places: number[] = [];
  const targets: number[] = [];
  for (const [row, { read, next }] of walks.entries()) {
    for (const [at, item] of read.entries()) {
      ids[row * length + at] = BigInt(placeOf(item));
      places.push(row * length + at);
      targets.push(placeOf(next[at]!));
    }
  }
  const drawn = negatives.map(placeOf);
  const hits = accidentalHits(Int32Array.from(targets), drawn);
  return {
    batch: whole([...different.keys()]),
    sequence: value('int64', ids, [walks.length, length]),
    places: whole(places),
    targets: whole(targets),
    negatives: whole(drawn),
    log_q: value('float32', new Float32Array(drawn.length).fill(Math.log(drawn.length / population)), [drawn.length]),
    hits: value('int64', hits, [hits.length / 2, 2]),
    step: whole([step]),
  };
}

/** So many different ones, in a random order: the beginning of a shuffle, after which the others are as random. */
export function sample(values: Int32Array, count: number, draws: Random): Int32Array {
  const drawn = Math.min(count, values.length);
  for (let k = 0; k < drawn; k++) {
    const other = k + draws.below(values.length - k);
    [values[k], values[other]] = [values[other]!, values[k]!];
  }
  return values.slice(0, drawn);
}

function whole(numbers: ArrayLike<number>) {
  return value('int64', BigInt64Array.from(Array.from(numbers, BigInt)), [numbers.length]);
}
