import { type Deed, deedOf, PlainDeed } from '../../models/features/deeds.ts';
import { forgeryIn } from '../../models/privacy/signed-erasure.ts';
import { isCounted } from '../../schemas/topics/consent.ts';
import type { Parsed } from '../../schemas/topics/parse.ts';
import { PlainEvent } from '../../schemas/topics/plain-event.ts';
import { admit } from '../admit.ts';
import type { StreamRecord } from '../kafka/bus.ts';
import { isPlain } from '../plain.ts';

/**
 * Records of `shop.events` as what they do: with the verdict of `admit`, which is asked where the event is not plain, as none is
 * that says what its user allows.
 */
export class Deeds {
  readonly #event = new PlainEvent();
  readonly #deed = new PlainDeed();
  readonly #good = { ok: true, value: this.#deed } as const;
  readonly #keys: string;

  /** @param keys the directory of those by which erasures are signed */
  constructor(keys: string) {
    this.#keys = keys;
  }

  /** The deed is good until the next record is read; nothing where its user does not allow that features are made of it. */
  of(record: StreamRecord): Parsed<Deed | undefined> {
    if (isPlain(this.#event, record)) {
      this.#deed.read(this.#event, record.key!);
      return this.#good;
    }
    const parsed = admit('shop.events', record);
    if (!parsed.ok) return parsed;
    const refusal = forgeryIn(this.#keys, parsed.value, record.timestamp_ms);
    if (refusal) return { ok: false, refusal };
    return { ok: true, value: isCounted(parsed.value) ? deedOf(parsed.value) : undefined };
  }
}
