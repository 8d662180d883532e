import { LIMITS } from '../../../../schemas/limits.ts';

/** Each text once in memory, for those that many states hold. */
export class Names {
  #held = new Map<string, string>();

  /** The text as it is held: a copy of its own, not a part of a longer one. */
  of(text: string): string {
    let held = this.#held.get(text);
    if (held === undefined) {
      if (this.#held.size >= LIMITS.names_held) this.#held = new Map();
      held = ownCopy(text);
      this.#held.set(held, held);
    }
    return held;
  }
}

/** V8 lets a part of a text hold on to the whole. */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
