import type { Spoken } from '../language.ts';
import type { Passage } from '../passages/passage.ts';

/** A sentence of an answer, with the passages that it rests on, by their ids. */
export interface Statement {
  readonly text: string;
  readonly sources: readonly string[];
}

export interface Asked {
  readonly question: string;
  readonly language: Spoken;
}

/**
 * Makes sentences of passages. Whatever it gives is checked against what it cites before anybody sees it, and nothing of
 * it is ever carried out: it has no other effect than words.
 */
export interface Generator {
  readonly name: string;
  answer(asked: Asked, passages: readonly Passage[], signal: AbortSignal): Promise<Statement[]>;
  stop?(): Promise<void>;
}
