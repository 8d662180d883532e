import type { Sequences } from '../controls/scorer.ts';
import { value } from '../graph/runtime.ts';
import { accidentalHits } from '../graph/training/losses.ts';
import type { Feeds } from '../graph/training/trainer.ts';
import type { Random } from '../random.ts';

/**
 * What `rankerLoss` takes: every event of the sequences but the last of each is to find the one after it.
 *
 * @param population how many items the negatives were drawn from, each equally likely
 */
export function feedsOf(sequences: Sequences, negatives: Int32Array, population: number, step: number): Feeds {
  const length = Math.max(...sequences.map(each => each.length - 1));
  const different = new Map<number, number>();
  const placeOf = (item: number): number => {
    const place = different.get(item) ?? different.size;
    different.set(item, place);
    return place;
  };
  const ids = new BigInt64Array(sequences.length * length);
  const places: number[] = [];
  const targets: number[] = [];
  for (const [row, sequence] of sequences.entries()) {
    for (let at = 0; at < sequence.length - 1; at++) {
      ids[row * length + at] = BigInt(placeOf(sequence[at]!));
      places.push(row * length + at);
      targets.push(placeOf(sequence[at + 1]!));
    }
  }
  const drawn = negatives.map(placeOf);
  const hits = accidentalHits(Int32Array.from(targets), drawn);
  return {
    batch: whole([...different.keys()]),
    sequence: value('int64', ids, [sequences.length, length]),
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
