import { openSession, type SessionOptions, type Value, value } from '../graph/runtime.ts';
import { type BytePairs, bytePairs } from './byte-pairs.ts';
import { type Gguf, readGguf } from './gguf.ts';
import { type LlamaSize, llama, nextName, pastName, sizeIn } from './llama.ts';

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
  const size = sizeIn(gguf);
  const places = Math.min(PLACES, size.context);
  const session = await openSession(llama(gguf, size, places), options);
  const tokens = bytePairs(gguf.texts('tokenizer.ggml.tokens'), gguf.texts('tokenizer.ggml.merges'));
  const marks = marksIn(gguf, tokens);

  const step = async (ids: readonly number[], state: State): Promise<number> => {
    const positions = BigInt64Array.from(ids, (_, n) => BigInt(state.count + n));
    const { logits, ...next } = await session.run({
      input_ids: value('int64', BigInt64Array.from(ids, BigInt), [ids.length]),
      positions: value('int64', positions, [ids.length]),
      ...state.past,
    });
    state.count += ids.length;
    state.past = followed(next, size.layers);
    return greatest(logits!.data as Float32Array);
  };

  return {
    async reply(messages, most) {
      const state: State = { count: 0, past: emptyPast(size) };
      let next = await step(promptOf(messages, tokens, marks, places - most), state);
      const said: number[] = [];
      while (next !== marks.end && said.length < most) {
        said.push(next);
        if (said.length < most) next = await step([next], state);
      }
      return tokens.decode(said).trim();
    },
    release: () => session.release(),
  };
}

/** Keys and values of what was said so far. */
interface State {
  count: number;
  past: Record<string, Value>;
}

function emptyPast({ layers, shared, width, heads }: LlamaSize): Record<string, Value> {
  const none = () => value('float32', new Float32Array(0), [shared, 0, width / heads]);
  return Object.fromEntries(eachPast(layers).map(({ kind, layer }) => [pastName(kind, layer), none()]));
}

function followed(next: Readonly<Record<string, Value>>, layers: number): Record<string, Value> {
  return Object.fromEntries(
    eachPast(layers).map(({ kind, layer }) => [pastName(kind, layer), next[nextName(kind, layer)]!]),
  );
}

function eachPast(layers: number) {
  return Array.from({ length: layers }, (_, layer) => layer).flatMap(layer =>
    (['key', 'value'] as const).map(kind => ({ kind, layer })),
  );
}

/** The tokens by which a conversation is marked: no text can be one of them, whatever it says. */
interface Marks {
  readonly start: number;
  readonly end: number;
}

function marksIn(gguf: Gguf, tokens: BytePairs): Marks {
  return {
    start: tokens.idOf('<|im_start|>'),
    end: tokens.idOf('<|im_end|>') ?? gguf.number('tokenizer.ggml.eos_token_id'),
  };
}

/** ChatML: each message between its marks, and then the beginning of the model's own. */
function promptOf(messages: readonly Message[], tokens: BytePairs, { start, end }: Marks, most: number): number[] {
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
}

function greatest(numbers: Float32Array): number {
  let best = 0;
  for (let n = 1; n < numbers.length; n++) if (numbers[n]! > numbers[best]!) best = n;
  return best;
}
