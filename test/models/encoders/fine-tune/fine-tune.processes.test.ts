import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bert } from '../../../../models/encoders/bert.ts';
import type { Encoder } from '../../../../models/encoders/encoder.ts';
import { fineTune } from '../../../../models/encoders/fine-tune/fine-tune.ts';
import type { Method } from '../../../../models/encoders/fine-tune/method.ts';
import { encode } from '../../../../models/graph/file/encode.ts';
import { TINY, tinyWeights } from '../tiny-bert.ts';

/** A token for each word that is a number; the encoder is random, so all that it knows it learned here. */
const encoder: Encoder = {
  graph: bert(tinyWeights(2), TINY),
  tokenizerFile: 'tokenizer.json',
  maxTokens: TINY.maxTokens,
  prefixes: TINY.prefixes,
  tokenizer: {
    encode(texts) {
      const rows = texts.map(text => text.split(' ').map(BigInt));
      const length = Math.max(...rows.map(row => row.length));
      const [ids, mask] = [new BigInt64Array(rows.length * length), new BigInt64Array(rows.length * length)];
      for (const [row, tokens] of rows.entries()) {
        ids.set(tokens, row * length);
        mask.fill(1n, row * length, row * length + tokens.length);
      }
      return { ids, mask, rows: rows.length, length };
    },
  },
};

/** A query names a colour and a thing in one language, its text in another: token n is n + 20. */
const pairs = Array.from({ length: 120 }, (_, n) => {
  const [colour, thing] = [1 + (n % 10), 11 + Math.floor(n / 12)];
  return { query: `${colour} ${thing} ${41 + (n % 4)}`, text: `${thing + 20} ${colour + 20}` };
});

const LORA = { name: 'lora', rank: 4 } as const;
const FORMS: { method: Method; epochs: number; rate: number }[] = [
  { method: LORA, epochs: 10, rate: 2e-2 },
  { method: { name: 'last-layers', layers: 2 }, epochs: 4, rate: 5e-3 },
];

describe.each(FORMS)('fine-tuning by $method.name', form => {
  const options = { ...form, seed: 3, batch: 16 };

  it('lowers the loss, improves retrieval of what it has not seen, and keeps the size of the encoder', async () => {
    const { graph, report } = await fineTune(encoder, pairs, options);
    expect(report.train_loss.last).toBeLessThan(report.train_loss.first);
    expect(report.after.mrr).toBeGreaterThan(report.before.mrr);
    expect(report.parameters.trainable).toBeLessThan(report.parameters.total);
    expect(encode(graph).length).toBe(encode(encoder.graph).length);
  });

  it('goes on from its checkpoint to the same bytes', async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-fine-tune-'));
    const whole = await fineTune(encoder, pairs, options);
    const stop = new AbortController();
    const cut = fineTune(encoder, pairs, options, {
      checkpointDir: directory,
      signal: stop.signal,
      onProgress: ({ epoch }) => epoch >= 2 && stop.abort(new Error('stopped')),
    });
    await expect(cut).rejects.toThrow('stopped');
    const resumed = await fineTune(encoder, pairs, options, { checkpointDir: directory });
    rmSync(directory, { recursive: true });
    expect(Buffer.from(encode(resumed.graph)).equals(encode(whole.graph))).toBe(true);
    expect(resumed.report.after).toEqual(whole.report.after);
  });
});

describe('fine-tuning', () => {
  it('refuses too few pairs, and an encoder without such layers', async () => {
    const options = { method: LORA, seed: 1 };
    await expect(fineTune(encoder, pairs.slice(0, 10), options)).rejects.toThrow(/DATA_INSUFFICIENT/);
    const deeper = { ...options, method: { name: 'last-layers', layers: 4 } as const };
    await expect(fineTune(encoder, pairs, deeper)).rejects.toThrow(/GRAPH_INVALID.*4 layers.*got 3/);
  });
});
