import type { Cells } from '../../../models/features/aggregates/reducer.ts';
import { DeltaReader, DeltaWriter } from './delta.ts';
import type { Entity } from './entities.ts';

/** So much of a bucket is enough for each of its keys to be unpacked once for several facts. */
const ENOUGH_BYTES = 128 * 1024;
const HEAD = { source: 0, from: 0, to: 0, since_ms: 0, opening: false };

/**
 * Facts that wait, bucket by bucket, until those of a bucket are reduced in a row: so each key of a log with more keys
 * than there may be live ones is unpacked and packed once, and not for each of its facts.
 */
export class Gathered {
  readonly #entity: Pick<Entity<Cells>, 'carried' | 'ofUsers'>;
  readonly #waiting = new Map<number, DeltaWriter>();

  constructor(entity: Pick<Entity<Cells>, 'carried' | 'ofUsers'>) {
    this.#entity = entity;
  }

  /** Adds the reader's fact. @returns whether the bucket's are enough */
  add(bucket: number, { key, fact, id, recent }: DeltaReader): boolean {
    let facts = this.#waiting.get(bucket);
    if (!facts) {
      facts = new DeltaWriter(this.#entity.carried, 1_024);
      this.#waiting.set(bucket, facts);
    }
    facts.add(0, key, fact, this.#entity.ofUsers ? id : undefined, recent);
    return facts.size > ENOUGH_BYTES;
  }

  /** A bucket that has some. */
  get some(): number | undefined {
    return this.#waiting.keys().next().value;
  }

  /** A bucket's facts, in the order in which they came. */
  take(bucket: number): DeltaReader | undefined {
    const facts = this.#waiting.get(bucket);
    this.#waiting.delete(bucket);
    return facts && new DeltaReader(facts.take(HEAD), this.#entity.ofUsers);
  }
}
