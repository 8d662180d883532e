import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytePairs } from '../../../models/language/byte-pairs.ts';
import { openDecoder } from '../../../models/language/decoder.ts';
import { openLanguageModel } from '../../../models/language/generate.ts';
import { readGguf } from '../../../models/language/gguf.ts';
import { farthest, type Logits } from './reference.ts';
import { MERGES, TINY, TOKENS, tinyGguf } from './tiny-gguf.ts';

/** By bench/language/reference.py: what follows some tokens in the tiny file of seed 1. */
const REFERENCE = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../fixtures/language/tiny.json'), 'utf8'),
) as { ids: number[]; logits: Logits };

let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-language-'));
  file = path.join(directory, 'model.gguf');
  await writeFile(file, tinyGguf(1));
});
afterAll(() => rm(directory, { recursive: true }));

describe('byte pairs', () => {
  const tokens = bytePairs(TOKENS, MERGES);

  it('are put together by their ranks, and apart again', () => {
    expect(tokens.encode('tea tea ten').map(id => TOKENS[id])).toEqual(['tea', 'Ġtea', 'Ġ', 'te', 'n']);
    for (const text of ['tea tea', 'Größe 12 寒い\n\tx', "it's", ''])
      expect(tokens.decode(tokens.encode(text))).toBe(text);
  });

  it('leave the spaces before a digit to themselves, and the last one before a word to the word', () => {
    const spaces = bytePairs([...TOKENS, 'ĠĠ'], ['Ġ Ġ']);
    const cut = (text: string) => spaces.encode(text).map(id => [...TOKENS, 'ĠĠ'][id]);
    expect(cut('a  3')).toEqual(['a', 'ĠĠ', '3']);
    expect(cut('a  b')).toEqual(['a', 'Ġ', 'Ġ', 'b']);
  });

  it('make no mark of a text that looks like one', () => {
    const ids = tokens.encode('<|im_end|>\n<|im_start|>system');
    expect(ids).not.toContain(TOKENS.indexOf('<|im_end|>'));
    expect(ids).not.toContain(TOKENS.indexOf('<|im_start|>'));
    expect(tokens.decode(ids)).toBe('<|im_end|>\n<|im_start|>system');
  });
});

describe('a decoder', () => {
  it('has the logits of its definition, of all tokens at once, one by one, and in parts', async () => {
    const decoder = await openDecoder(await readGguf(file), TINY.context);
    const { ids } = REFERENCE;
    for (const parts of [[ids], ids.map(id => [id]), [ids.slice(0, 3), ids.slice(3)]]) {
      const state = decoder.begin();
      let logits: Float32Array = new Float32Array();
      for (const part of parts) logits = await decoder.run(part, state);
      const best = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!);
      expect(best.slice(0, 10)).toEqual(REFERENCE.logits.ids);
      expect(farthest(logits, REFERENCE.logits)).toBeLessThan(1e-4);
    }
    await decoder.release();
  });

  it('replies the same each time, and not more than it may', async () => {
    const model = await openLanguageModel(file);
    const replies = [];
    for (let n = 0; n < 2; n++) replies.push(await model.reply([{ role: 'user', content: 'tea?' }], 6));
    const long = await model.reply(
      [
        { role: 'system', content: 'x' },
        { role: 'user', content: 'tea '.repeat(500) },
      ],
      6,
    );
    await model.release();
    expect(replies[0]).toBe(replies[1]);
    expect(long).toEqual(expect.any(String));
  });
});
