import type { SessionOptions } from '../graph/runtime.ts';
import { type BytePairs, bytePairs } from './byte-pairs.ts';
import { type Decoder, greatest, openDecoder } from './decoder.ts';
import { type Gguf, readGguf } from './gguf.ts';

export interface Message {
  readonly role: 'system' | 'user';
  readonly content: string;
}

export interface LanguageModel {
  /**
   * What the model says to a conversation, the most probable word each time. A conversation that is too long loses the
   * beginning of its last message.
   *
   * @param most tokens that are said
   */
  reply(messages: readonly Message[], most: number): Promise<string>;
  release(): Promise<void>;
}

/** More would cost memory and time that an answer of three sentences is not worth. */
const PLACES = 1_536;

/**
 * Opens a small language model from its GGUF file. A run blocks the thread for tens of milliseconds a token: where others
 * wait for it, let a process of its own speak.
 *
 * @throws MODEL_REFUSED
 */
export async function openLanguageModel(file: string, options: SessionOptions = {}): Promise<LanguageModel> {
  const gguf = await readGguf(file);
  return speaking(await openDecoder(gguf, PLACES, options), conversationsIn(gguf));
}

/** @param decoder is released with what speaks by it */
export function speaking(decoder: Decoder, { tokens, end, prompt }: Conversations): LanguageModel {
  return {
    async reply(messages, most) {
      const state = decoder.begin();
      let next = greatest(await decoder.run(prompt(messages, decoder.places - most), state));
      const said: number[] = [];
      while (next !== end && said.length < most) {
        said.push(next);
        if (said.length < most) next = greatest(await decoder.run([next], state));
      }
      return tokens.decode(said).trim();
    },
    release: () => decoder.release(),
  };
}

/** How conversations are written for a model. */
export interface Conversations {
  readonly tokens: BytePairs;
  /** The token that stands behind a message: no text can be one, or the one that begins a message, whatever it says. */
  readonly end: number;
  /**
   * ChatML: each message between its marks, and then the beginning of the model's own.
   *
   * @param most tokens
   */
  prompt(messages: readonly Message[], most: number): number[];
}

export function conversationsIn(gguf: Gguf): Conversations {
  const tokens = bytePairs(gguf.texts('tokenizer.ggml.tokens'), gguf.texts('tokenizer.ggml.merges'));
  const start = tokens.idOf('<|im_start|>');
  const end = tokens.idOf('<|im_end|>') ?? gguf.number('tokenizer.ggml.eos_token_id');
  const prompt = (messages: readonly Message[], most: number): number[] => {
    const marked = messages.map(({ role, content }) => ({
      before: [start, ...tokens.encode(`${role}\n`)],
      content: tokens.encode(content),
      after: [end, ...tokens.encode('\n')],
    }));
    const own = [start, ...tokens.encode('assistant\n')];
    const all = marked.reduce(
      (sum, { before, content, after }) => sum + before.length + content.length + after.length,
      own.length,
    );
    const last = marked.at(-1);
    if (last && all > most) last.content = last.content.slice(all - most);
    return [...marked.flatMap(({ before, content, after }) => [...before, ...content, ...after]), ...own];
  };
  return { tokens, end, prompt };
}
