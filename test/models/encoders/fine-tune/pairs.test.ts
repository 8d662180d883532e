import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Pair, readPairs, splitPairs } from '../../../../models/encoders/fine-tune/pairs.ts';
import { distinctBatches } from '../../../../models/encoders/fine-tune/plan.ts';
import { random } from '../../../../models/random.ts';
import fc from '../../../properties.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-pairs-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const place = path.join(directory, name);
  writeFileSync(place, content);
  return place;
}

describe('a file of pairs', () => {
  it('is read as lines of JSON, or with tabs', async () => {
    const pairs = [{ query: 'red shoe', text: 'Runner 5, red' }];
    expect(await readPairs(file('a.jsonl', '{"query":"red shoe","text":"Runner 5, red"}\n\n'))).toEqual(pairs);
    expect(await readPairs(file('a.tsv', 'red shoe\tRunner 5, red\n'))).toEqual(pairs);
  });

  it('is refused with the line that is wrong', async () => {
    await expect(readPairs(file('b.tsv', 'a\tb\nno tab\n'))).rejects.toThrow(/INPUT_INVALID.*b\.tsv, line 2.*text/s);
    await expect(readPairs(file('c.jsonl', '{"query":"a"'))).rejects.toThrow(/INPUT_INVALID.*line 1/);
    await expect(readPairs(path.join(directory, 'nowhere'))).rejects.toThrow(/INPUT_INVALID/);
    await expect(readPairs(directory)).rejects.toThrow(/INPUT_INVALID.*expected a file of pairs; got a directory/);
  });
});

/** Few queries and texts, so that many are shared. */
const somePairs = fc.array(fc.record({ query: fc.nat(12).map(n => `q${n}`), text: fc.nat(12).map(n => `t${n}`) }), {
  minLength: 1,
  maxLength: 60,
});

describe('pairs that are held out', () => {
  it('share no query and no text with those that are learned, and none is lost', () => {
    fc.assert(
      fc.property(somePairs, fc.nat(100), (pairs, seed) => {
        const { train, heldOut } = splitPairs(pairs, 0.4, seed);
        expect(train.length + heldOut.length).toBe(pairs.length);
        for (const side of ['query', 'text'] as const) {
          const seen = new Set(train.map(pair => pair[side]));
          expect(heldOut.filter(pair => seen.has(pair[side]))).toEqual([]);
        }
        expect(new Set(heldOut.map(({ text }) => text)).size).toBeLessThanOrEqual(
          0.4 * new Set(pairs.map(({ text }) => text)).size,
        );
      }),
    );
  });

  it('are the share that was asked for where nothing is shared', () => {
    const pairs = Array.from({ length: 50 }, (_, n) => ({ query: `q${n}`, text: `t${n}` }));
    expect(splitPairs(pairs, 0.2, 3).heldOut).toHaveLength(10);
    expect(splitPairs(pairs, 0.2, 3)).toEqual(splitPairs(pairs, 0.2, 3));
    expect(splitPairs(pairs, 0.2, 3)).not.toEqual(splitPairs(pairs, 0.2, 4));
  });
});

describe('the batches of an epoch', () => {
  it('have no query and no text twice, and no pair stands in two of them', () => {
    fc.assert(
      fc.property(somePairs, fc.integer({ min: 2, max: 8 }), fc.nat(100), (pairs, size, seed) => {
        const { order, ends } = distinctBatches(pairs, size, random(seed));
        expect(new Set(order).size).toBe(order.length);
        let start = 0;
        for (const end of ends) {
          const batch = [...order.subarray(start, end)].map(row => pairs[row] as Pair);
          expect(batch.length).toBeGreaterThan(1);
          expect(batch.length).toBeLessThanOrEqual(size);
          expect(new Set(batch.map(({ query }) => query)).size).toBe(batch.length);
          expect(new Set(batch.map(({ text }) => text)).size).toBe(batch.length);
          start = end;
        }
        expect(start).toBe(order.length);
      }),
    );
  });

  it('take every pair where nothing is shared', () => {
    const pairs = Array.from({ length: 50 }, (_, n) => ({ query: `q${n}`, text: `t${n}` }));
    expect([...distinctBatches(pairs, 16, random(1)).ends]).toEqual([16, 32, 48, 50]);
  });
});
