import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bert } from '../../../models/encoders/bert.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import { TINY, tinyWeights } from './tiny-bert.ts';

/** Words that the tiny encoder knows; of others it knows only that there is one. */
export const WORDS =
  'red blue green white black steel glass wood tea coffee pot cup mug bowl plate knife fork spoon pan lid'.split(' ');

/** An encoder with random weights as a directory of its own: an ONNX file with 16 numbers a vector, and a tokenizer. */
export async function writeTinyEncoder(directory: string, seed: number): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'model.onnx'), encode(bert(tinyWeights(seed), TINY)));
  await writeFile(path.join(directory, 'tokenizer.json'), JSON.stringify(TOKENIZER));
  return directory;
}

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
const vocabulary = Object.fromEntries([...SPECIAL, ...WORDS].map((word, id) => [word, id]));
const special = (name: string) => ({ SpecialToken: { id: name, type_id: 0 } });

const TOKENIZER = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
    pair: [],
    special_tokens: Object.fromEntries(
      ['[CLS]', '[SEP]'].map(name => [name, { id: name, ids: [vocabulary[name]], tokens: [name] }]),
    ),
  },
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: vocabulary,
  },
};
