import type { EventType } from '../../schemas/topics/events.ts';
import { rounded } from '../../schemas/topics/feature-vector.ts';
import type { Entity } from './aggregates/declarations.ts';
import { AGGREGATES, RATES, type Rate } from './aggregates/defaults.ts';
import { placeOf, REDUCERS } from './aggregates/reducer.ts';

export { rounded };

/** A place of the vector. What is `of` the user or the session is the same for every candidate of a request. */
export interface Feature {
  name: string;
  describes: string;
  of: 'user' | 'session' | 'item' | 'pair';
  /** What it is made of, where its declaration does not say it. */
  events?: readonly EventType[];
  /** Made while the list is, of what its query finds: no event says it, so no SQL over the archive can make it again. */
  isFound?: true;
}

/** Places of the vector that stand beside each other and are filled in one go. */
export interface Block<T> {
  features: readonly Feature[];
  fill(of: T, into: Float32Array, at: number): void;
}

/** Counts, sums and times have long tails: rankers read their logarithm. */
export function scaled(value: number): number {
  return rounded(Math.log(1 + value));
}

/** An entity's aggregates: logarithms, but shares as they are. A sequence has no number. */
export function aggregatesOf(entity: Entity): Block<{ values: Float64Array }> {
  const declared = AGGREGATES.filter(({ of, aggregate }) => of === entity && aggregate.kind !== 'sequence');
  const places = Int32Array.from(declared, ({ name }) => placeOf(REDUCERS[entity], name));
  const isShare = Uint8Array.from(declared, ({ aggregate }) => Number(aggregate.kind === 'top'));
  return {
    features: declared.map(({ name, describes, aggregate }) => {
      return { name, of: entity, describes: aggregate.kind === 'top' ? describes : `ln(1 + ${describes})` };
    }),
    fill({ values }, into, at) {
      for (let n = 0; n < places.length; n++) {
        const value = values[places[n]!]!;
        into[at + n] = isShare[n] === 1 ? rounded(value) : scaled(value);
      }
    },
  };
}

/** An entity's rates. */
export function ratesOf(entity: Entity): Block<{ values: Float64Array }> {
  const rates = RATES.filter(({ of }) => of === entity);
  const sums = rates.flatMap(({ successes, trials }) => [termsOf(entity, successes), termsOf(entity, trials)]);
  return {
    features: rates.map(({ name, describes }) => ({ name, of: entity, describes })),
    fill({ values }, into, at) {
      for (let n = 0; n < rates.length; n++) {
        const { trials, rate } = rates[n]!.prior;
        const [good, all] = [sumOf(sums[2 * n]!, values), sumOf(sums[2 * n + 1]!, values)];
        into[at + n] = rounded((good + trials * rate) / (all + trials));
      }
    },
  };
}

/** Features that are written out, one by one. */
export function written<T>(
  of: Feature['of'],
  rows: readonly (Omit<Feature, 'of'> & { value(of: T): number })[],
): Block<T> {
  return {
    features: rows.map(({ value: _value, ...row }) => ({ ...row, of })),
    fill(from, into, at) {
      for (let n = 0; n < rows.length; n++) into[at + n] = rounded(rows[n]!.value(from));
    },
  };
}

/** Values that were worked out before: a copy. */
export function copied<T>(features: readonly Feature[], values: (of: T) => Float32Array): Block<T> {
  return {
    features,
    fill(from, into, at) {
      const row = values(from);
      for (let n = 0; n < features.length; n++) into[at + n] = row[n]!;
    },
  };
}

interface Terms {
  places: Int32Array;
  factors: Float64Array;
}

function termsOf(entity: Entity, terms: Rate['trials']): Terms {
  return {
    places: Int32Array.from(Object.keys(terms), name => placeOf(REDUCERS[entity], name)),
    factors: Float64Array.from(Object.values(terms)),
  };
}

function sumOf({ places, factors }: Terms, values: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < places.length; n++) sum += factors[n]! * values[places[n]!]!;
  return Math.max(0, sum);
}

/** Fills `into` from `offset` on with the features of blocks, one behind the other. */
export function fillBlocks<T>(blocks: readonly Block<T>[], of: T, into: Float32Array, offset: number): void {
  let at = offset;
  for (const block of blocks) {
    block.fill(of, into, at);
    at += block.features.length;
  }
}
