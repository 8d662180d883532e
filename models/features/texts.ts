import type { PlainEvent } from '../../schemas/topics/plain-event.ts';

const PLACES = 2 ** 15;

/** Texts that come again and again, made once: each has a place by its hash, and gives way to the next that has the same. */
export class Texts {
  readonly #held: string[] = Array.from({ length: PLACES }, () => '');

  /** A field's text; `hash`: any of it. */
  of(event: PlainEvent, field: number, hash: number): string {
    const place = hash % PLACES;
    const held = this.#held[place]!;
    if (event.is(field, held)) return held;
    const text = event.text(field);
    this.#held[place] = text;
    return text;
  }
}
