import { beforeAll, describe, expect, it } from 'vitest';
import { bert } from '../../../models/encoders/bert.ts';
import { asTextEncoder } from '../../../models/encoders/pooling.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, type Session, value } from '../../../models/graph/runtime.ts';
import type { Graph } from '../../../models/graph/tensor.ts';
import { TINY, tinyWeights } from './tiny-bert.ts';

describe('an encoder of texts', () => {
  const graph = bert(tinyWeights(1), TINY);
  let session: Session;
  beforeAll(async () => {
    session = await openSession(graph);
  });

  it('gives vectors of length 1, and one for each token', async () => {
    const { vector, token_vectors: tokens } = await run(session, [[3, 7, 9]], 3);
    expect(tokens!.dims).toEqual([1, 3, 16]);
    expect(vector!.dims).toEqual([1, 16]);
    expect(Math.hypot(...(vector!.data as Float32Array))).toBeCloseTo(1, 5);
  });

  it('gives a text the same vector in whatever company, and filled up or not', async () => {
    const alone = await run(session, [[3, 7, 9]], 3);
    const among = await run(session, [[4, 4, 8, 20, 31], [3, 7, 9], [1]], 7);
    expect([...(among.vector!.data as Float32Array).subarray(16, 32)]).toEqual(close(alone.vector!.data));
  });

  it('sees the order of the tokens', async () => {
    const { vector: there } = await run(session, [[3, 7, 9]], 3);
    const { vector: back } = await run(session, [[9, 7, 3]], 3);
    expect([...(there!.data as Float32Array)]).not.toEqual(close(back!.data));
  });

  it('keeps the names of the checkpoint', () => {
    const names = graph.tensors.flatMap(({ origin }) => (origin.kind === 'constant' ? (origin.name ?? []) : []));
    expect(names).toContain('encoder.layer.2.attention.self.query.weight');
    expect(new Set(names)).toEqual(new Set(tinyWeights(1).keys()));
  });

  it('refuses weights of which one is missing, by its name', () => {
    const weights = tinyWeights(1);
    weights.delete('encoder.layer.1.output.dense.bias');
    expect(() => bert(weights, TINY)).toThrow(/MODEL_REFUSED.*encoder\.layer\.1\.output\.dense\.bias/);
  });

  it('is what becomes of an exported one that gives vectors of tokens', async () => {
    const exported = graphOf({ last_hidden_state: graph.outputs.token_vectors! });
    const opened = await openSession(asTextEncoder(exported, 'a file'));
    const [ours, theirs] = [await run(session, [[3, 7, 9], [5]], 4), await run(opened, [[3, 7, 9], [5]], 4)];
    expect([...(theirs.vector!.data as Float32Array)]).toEqual(close(ours.vector!.data));
    expect(() => asTextEncoder({ ...exported, inputs: [] } as Graph, 'a file')).toThrow(/MODEL_REFUSED.*input_ids/);
  });
});

function run(session: Session, texts: readonly number[][], length: number) {
  const ids = new BigInt64Array(texts.length * length);
  const mask = new BigInt64Array(ids.length);
  for (const [row, text] of texts.entries()) {
    ids.set(text.map(BigInt), row * length);
    mask.fill(1n, row * length, row * length + text.length);
  }
  const dims = [texts.length, length];
  return session.run({ input_ids: value('int64', ids, dims), attention_mask: value('int64', mask, dims) });
}

function close(numbers: ArrayLike<number | bigint>) {
  return Array.from(numbers, number => expect.closeTo(Number(number), 5));
}
