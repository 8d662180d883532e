import type { Spoken } from '../language.ts';
import type { Passage } from '../passages/passage.ts';

/** A sentence, with the passages that it rests on, by their ids. */
export interface Statement {
  readonly text: string;
  readonly sources: readonly string[];
}

export interface Asked {
  readonly question: string;
  readonly language: Spoken;
}

/**
 * Makes sentences of passages. Nobody ever sees them: each stands for the sentence of a passage that it cites, which is
 * told instead, and nothing of it is ever carried out. So all that it can do is to choose.
 */
export interface Generator {
  readonly name: string;
  answer(asked: Asked, passages: readonly Passage[], signal: AbortSignal): Promise<Statement[]>;
  stop?(): Promise<void>;
}
