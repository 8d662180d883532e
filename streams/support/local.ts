import type { StandingChild } from '../../models/child/standing.ts';
import type { Message } from '../../models/language/generate.ts';
import { EXTRACTIVE } from '../../models/support/answer/extract.ts';
import type { Asked, Generator, Statement } from '../../models/support/answer/generator.ts';
import { messagesFor, statementsIn } from '../../models/support/answer/prompt.ts';
import type { Passage } from '../../models/support/passages/passage.ts';
import type { JobContext } from '../job.ts';

export interface ToSay {
  messages: readonly Message[];
  most: number;
}

/** A process in which a language model is open. */
export type Speaker = Pick<StandingChild<string, ToSay, string>, 'ask' | 'stop'>;

/** Three sentences or so. */
const MAX_TOKENS = 96;
/** A model that can't be opened is tried again with the first question after so long. */
const AGAIN_MS = 60_000;

/**
 * A small language model of this machine, in a process of its own. It is opened at once, and again after it has failed or
 * was too slow; until it is open it says nothing, so that the sources answer. Questions take turns: one that is given up
 * before its turn costs the one that is answered nothing.
 */
export class LocalGenerator implements Generator {
  readonly name: string;
  readonly #open: (signal: AbortSignal) => Promise<Speaker>;
  readonly #context: Pick<JobContext, 'report' | 'log'>;
  readonly #stopped = new AbortController();
  #speaker: Speaker | undefined;
  #opening: Promise<void> | undefined;
  #again_ms = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param open may take minutes where the model has to be fetched; its signal says that nobody waits for it any more */
  constructor(
    name: string,
    open: (signal: AbortSignal) => Promise<Speaker>,
    context: Pick<JobContext, 'report' | 'log'>,
  ) {
    this.name = name;
    this.#open = open;
    this.#context = context;
    this.#begin();
  }

  answer(asked: Asked, passages: readonly Passage[], signal: AbortSignal): Promise<Statement[]> {
    const said = this.#turn.then(() => this.#say(asked, passages, signal));
    this.#turn = said.catch(() => {});
    return orAborted(said, signal);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#opening;
    await this.#speaker?.stop();
  }

  async #say(asked: Asked, passages: readonly Passage[], signal: AbortSignal): Promise<Statement[]> {
    signal.throwIfAborted();
    const speaker = this.#speaker;
    if (!speaker) {
      this.#begin();
      return [];
    }
    try {
      const speaking = speaker.ask({ messages: messagesFor(asked, passages), most: MAX_TOKENS });
      return statementsIn(await orAborted(speaking, signal), passages);
    } catch (error) {
      // It has ended, or nobody waits any more for what it is busy with.
      this.#begin(speaker);
      throw error;
    }
  }

  /** @param gone the process before, of which there must not be two: a model is gigabytes of memory */
  #begin(gone?: Speaker): void {
    if (this.#opening || this.#stopped.signal.aborted || performance.now() < this.#again_ms) return;
    this.#speaker = undefined;
    this.#context.report.note('generator', `${EXTRACTIVE.name} until ${this.name} is open`);
    this.#opening = this.#opened(gone).finally(() => {
      this.#opening = undefined;
    });
  }

  /** Never rejects. */
  async #opened(gone: Speaker | undefined): Promise<void> {
    const { report, log } = this.#context;
    const { signal } = this.#stopped;
    try {
      if (gone) await gone.stop();
      signal.throwIfAborted();
      this.#speaker = await this.#open(signal);
      report.note('generator', this.name);
    } catch (error) {
      if (signal.aborted) return;
      this.#again_ms = performance.now() + AGAIN_MS;
      report.note('generator', `${EXTRACTIVE.name}: ${error instanceof Error ? error.message : error}`);
      log.warn(
        { code: 'GENERATOR_FAILED', err: error },
        'sources answer in their own sentences until the language model can be opened',
      );
    }
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject);
    const giveUp = () => reject(signal.reason as Error);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}
