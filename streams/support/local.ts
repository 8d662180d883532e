import { fileURLToPath } from 'node:url';
import { type StandingChild, startChild } from '../../models/child/standing.ts';
import type { Message } from '../../models/language/generate.ts';
import type { Generator } from '../../models/support/answer/generator.ts';
import { messagesFor, statementsIn } from '../../models/support/answer/prompt.ts';
import type { Config } from '../../schemas/config.ts';
import type { Weights } from '../weights.ts';

export interface SpeakerSetup extends Pick<Config, 'providers' | 'threads'> {
  /** A directory with the model. */
  place: string;
}

export interface ToSay {
  messages: readonly Message[];
  most: number;
}

const CHILD = {
  entry: fileURLToPath(new URL('./speak.process.ts', import.meta.url)),
  what: 'the process of the language model',
};
/** Three sentences or so. */
const MAX_TOKENS = 96;

/**
 * A small language model of this machine, in a process of its own that is started with the first question and again after
 * it has ended. While it speaks no other question is answered by it.
 */
export function localGenerator(
  name: string,
  config: Pick<Config, 'providers' | 'threads'>,
  weights: Weights,
): Generator {
  let child: Promise<StandingChild<string, ToSay, string>> | undefined;
  const open = async (signal: AbortSignal) => {
    const place = weights.find(name) ?? (await weights.fetch(name, () => {}, signal));
    const { providers, threads } = config;
    return startChild<SpeakerSetup, string, ToSay, string>(CHILD, { place, providers, threads });
  };
  return {
    name,
    async answer(asked, passages, signal) {
      child ??= open(signal);
      try {
        const speaking = child.then(each => each.ask({ messages: messagesFor(asked, passages), most: MAX_TOKENS }));
        return statementsIn(await orAborted(speaking, signal), passages);
      } catch (error) {
        // What it is busy with nobody waits for any more; the next question finds a new one.
        const gone = child;
        child = undefined;
        void gone.then(
          each => each.stop(),
          () => {},
        );
        throw error;
      }
    },
    stop: async () => (await child?.catch(() => undefined))?.stop(),
  };
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}
