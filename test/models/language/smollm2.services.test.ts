import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Decoder, openDecoder } from '../../../models/language/decoder.ts';
import { type Conversations, conversationsIn, type Message, speaking } from '../../../models/language/generate.ts';
import { readGguf } from '../../../models/language/gguf.ts';
import { installWeights } from '../../../services/weights/weights.ts';
import { farthest, type Logits } from './reference.ts';

/** By bench/language/reference.py: tokens of another library, and logits of the same file by the decoder's definition. */
const REFERENCE = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../fixtures/language/smollm2.json'), 'utf8'),
) as {
  texts: { text: string; ids: number[] }[];
  conversations: {
    messages: Message[];
    prompt: number[];
    said: number[];
    text: string;
    first: Logits;
    last: Logits;
  }[];
};

let decoder: Decoder;
let conversations: Conversations;
beforeAll(async () => {
  const gguf = await readGguf(path.join(await installWeights('smollm2-135m-instruct'), 'model.gguf'));
  conversations = conversationsIn(gguf);
  decoder = await openDecoder(gguf, 256);
});
afterAll(() => decoder?.release());

describe('SmolLM2 of its GGUF file', () => {
  it('cuts texts and conversations into the tokens that the reference cuts them into', () => {
    for (const { text, ids } of REFERENCE.texts) expect(conversations.tokens.encode(text), text).toEqual(ids);
    for (const { messages, prompt } of REFERENCE.conversations)
      expect(conversations.prompt(messages, 256)).toEqual(prompt);
  });

  it('has the logits of the reference, of all tokens at once and of the last of those that it has said', async () => {
    for (const { prompt, said, text, first, last } of REFERENCE.conversations) {
      const state = decoder.begin();
      expect(farthest(await decoder.run(prompt, state), first), text).toBeLessThan(1e-3);
      for (const id of said.slice(0, -2)) await decoder.run([id], state);
      expect(farthest(await decoder.run([said.at(-2)!], state), last), text).toBeLessThan(1e-3);
    }
  });

  it('says word for word what the reference says', async () => {
    const model = speaking(decoder, conversations);
    for (const { messages, said, text } of REFERENCE.conversations)
      expect(await model.reply(messages, said.length)).toBe(text);
  });
});
