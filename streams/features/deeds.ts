import { type Deed, deedOf, PlainDeed } from '../../models/features/deeds.ts';
import type { Parsed } from '../../schemas/topics/parse.ts';
import { PlainEvent } from '../../schemas/topics/plain-event.ts';
import { admit } from '../admit.ts';
import type { StreamRecord } from '../kafka/bus.ts';
import { isPlain } from '../plain.ts';

/** Records of `shop.events` as what they do: with the verdict of `admit`, which is asked where the event is not plain. */
export class Deeds {
  readonly #event = new PlainEvent();
  readonly #deed = new PlainDeed();
  readonly #good = { ok: true, value: this.#deed } as const;

  /** The deed is good until the next record is read. */
  of(record: StreamRecord): Parsed<Deed> {
    if (isPlain(this.#event, record)) {
      this.#deed.read(this.#event, record.key!);
      return this.#good;
    }
    const parsed = admit('shop.events', record);
    return parsed.ok ? { ok: true, value: deedOf(parsed.value) } : parsed;
  }
}
