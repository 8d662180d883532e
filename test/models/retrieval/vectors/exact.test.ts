import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { TextEncoder } from '../../../../models/encoders/text.ts';
import { random } from '../../../../models/random.ts';
import { convexSum } from '../../../../models/retrieval/fuse.ts';
import { top } from '../../../../models/retrieval/top.ts';
import { encodeOnce } from '../../../../models/retrieval/vectors/cache.ts';
import { indexVectors, rowsOf } from '../../../../models/retrieval/vectors/exact.ts';

const floats = (...values: number[]) => Float32Array.from(values);

describe('top', () => {
  it('is the beginning of a sorted list, ties by number', () => {
    const draws = random(2);
    for (let round = 0; round < 200; round++) {
      const scores = Float32Array.from({ length: 1 + draws.below(40) }, () => draws.below(10));
      const among = Int32Array.from(scores.keys()).filter(() => draws.below(3) > 0);
      const order = [...among].sort((a, b) => scores[b]! - scores[a]! || a - b);
      const k = draws.below(12);
      const best = top(scores, k, draws.shuffle(among));
      expect([...best.documents]).toEqual(order.slice(0, k));
      expect([...best.scores]).toEqual(order.slice(0, k).map(at => scores[at]));
    }
  });
});

describe('vectors', () => {
  it('of some rows are taken in their order', () => {
    expect([...rowsOf(floats(1, 2, 3, 4, 5, 6), [2, 0], 2)]).toEqual([5, 6, 1, 2]);
    expect([...rowsOf(floats(1, 2), [], 2)]).toEqual([]);
  });

  it('rank by their products with the query, of any width', () => {
    const index = indexVectors(floats(1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0.6, 0, 0, 0, 0.8), 5);
    expect([...index.search(floats(0.6, 0, 0, 0, 0.8), 2).documents]).toEqual([2, 0]);
    expect(index.score(floats(0.6, 0, 0, 0, 0.8))[2]).toBeCloseTo(1, 6);
    expect(index.documents).toBe(3);
  });
});

describe('fusion', () => {
  it('adds up scores that are scaled from their least possible to their greatest', () => {
    const fused = convexSum(floats(4, 2, 0), floats(-1, 0, 1), 0.25);
    expect([...fused].map(each => each.toFixed(4))).toEqual(['0.7500', '0.5000', '0.2500']);
  });

  it('takes cosines alone for a query whose words nobody has', () => {
    expect([...convexSum(floats(0, 0), floats(0, 1), 0.5)]).toEqual([0.25, 0.5]);
  });
});

describe('encodeOnce', () => {
  let directory = '';
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** Encodes a text as its length and its first letter, and notes what it was given. */
  const recording = (): TextEncoder & { texts: string[] } => {
    const texts: string[] = [];
    return {
      texts,
      width: 2,
      encode: async given => {
        texts.push(...given);
        return Float32Array.from(given.flatMap(text => [text.length, text.charCodeAt(0)]));
      },
      release: async () => {},
    };
  };

  it('encodes only what it has not encoded before, with this encoder', async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'temper-vectors-'));
    const texts = Array.from({ length: 1_500 }, (_, at) => `${'abc'[at % 3]}${at}`);
    const encoder = recording();
    const cache = { directory, encoder: 'one' };
    const first = await encodeOnce(encoder, texts, cache);
    expect(first).toEqual(await encoder.encode(texts));
    expect(await readdir(directory)).toHaveLength(2);

    encoder.texts.length = 0;
    expect(await encodeOnce(encoder, texts, cache)).toEqual(first);
    expect(encoder.texts).toHaveLength(0);
    await encodeOnce(encoder, [...texts.slice(0, -1), 'new'], cache);
    expect(encoder.texts).toHaveLength(1_500 - 1_024);
    await encodeOnce(encoder, texts, { directory, encoder: 'two' });
    expect(encoder.texts).toHaveLength(1_500 - 1_024 + 1_500);
  });

  it('goes on behind what was finished when it was stopped', async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'temper-vectors-'));
    const texts = Array.from({ length: 2_048 }, (_, at) => `t${at}`);
    const encoder = recording();
    const stop = () => {
      throw new Error('stopped');
    };
    await expect(encodeOnce(encoder, texts, { directory, encoder: 'one' }, stop)).rejects.toThrow('stopped');
    await encodeOnce(encoder, texts, { directory, encoder: 'one' });
    expect(encoder.texts).toEqual(texts);
  });
});
