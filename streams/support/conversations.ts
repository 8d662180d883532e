import { LIMITS } from '../../schemas/limits.ts';
import type { Answer, Turn } from '../../schemas/topics/support.ts';

const TURNS = 10;
/** A session that was silent for so long is over. */
const SESSION_MS = 3_600_000;

/**
 * What was said in one partition: which questions have been answered, so that what is read again is not answered again,
 * and what was said before in each session, for the person to whom it is handed over. Both are made again from the
 * answers' own topic.
 */
export class Conversations {
  readonly #answered = new Set<string>();
  readonly #sessions = new Map<string, { at_ms: number; turns: Turn[] }>();

  take({ id, user, session, at_ms, question, text }: Answer): void {
    if (this.has(id)) return;
    this.#answered.add(id);
    if (this.#answered.size > LIMITS.answers_remembered) this.#answered.delete(this.#answered.values().next().value!);
    const key = JSON.stringify([user, session]);
    const before = this.#sessions.get(key);
    const turns = before && before.at_ms > at_ms - SESSION_MS ? before.turns : [];
    this.#sessions.delete(key);
    this.#sessions.set(key, { at_ms, turns: [...turns, { at_ms, question, answer: text }].slice(-TURNS) });
    if (this.#sessions.size > LIMITS.answers_remembered) this.#sessions.delete(this.#sessions.keys().next().value!);
  }

  has(question: string): boolean {
    return this.#answered.has(question);
  }

  /** What this user and nobody else said in this session, the oldest first. */
  before(user: string, session: string, now_ms: number): Turn[] {
    const found = this.#sessions.get(JSON.stringify([user, session]));
    return found && found.at_ms > now_ms - SESSION_MS ? found.turns : [];
  }
}
