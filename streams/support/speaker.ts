import { fileURLToPath } from 'node:url';
import { startChild } from '../../models/child/standing.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Weights } from '../weights.ts';
import type { Speaker, ToSay } from './local.ts';

export interface SpeakerSetup extends Pick<Config, 'providers' | 'threads'> {
  /** A directory with the model. */
  place: string;
}

const CHILD = {
  entry: fileURLToPath(new URL('./speak.process.ts', import.meta.url)),
  what: 'the process of the language model',
};

/** Fetches a language model where it is not there yet, and starts the process that speaks. @throws TemperError */
export async function openSpeaker(
  name: string,
  { providers, threads }: Pick<Config, 'providers' | 'threads'>,
  weights: Weights,
  signal: AbortSignal,
): Promise<Speaker> {
  const place = weights.find(name) ?? (await weights.fetch(name, () => {}, signal));
  signal.throwIfAborted();
  return startChild<SpeakerSetup, string, ToSay, string>(CHILD, { place, providers, threads });
}
