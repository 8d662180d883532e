import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fineTuneInChild } from '../../../../models/encoders/fine-tune/child.ts';
import type { Pair } from '../../../../models/encoders/fine-tune/pairs.ts';
import { openTextEncoder } from '../../../../models/encoders/text.ts';
import { installWeights } from '../../../../services/weights/weights.ts';
import type { Item } from '../../../sim/items.ts';
import { createWorld } from '../../../sim/world.ts';

/** The customers of this shop ask in German; the encoder read English alone. */
const GERMAN: Record<string, string> = {
  ...{ dresses: 'Kleid', shoes: 'Schuhe', shirts: 'Hemd', jackets: 'Jacke', bags: 'Tasche', trousers: 'Hose' },
  ...{ knitwear: 'Strick', jewellery: 'Schmuck', lamps: 'Leuchte', cushions: 'Kissen', kitchen: 'Küche' },
  ...{ outdoors: 'Wandern', minimal: 'schlichte', boho: 'verspielte', sporty: 'sportliche', classic: 'klassische' },
  ...{ vintage: 'altmodische', street: 'lässige', romantic: 'romantische', rugged: 'robuste', linen: 'Leinen' },
  ...{ cotton: 'Baumwolle', wool: 'Wolle', leather: 'Leder', silk: 'Seide', steel: 'Stahl', bamboo: 'Bambus' },
  ...{ canvas: 'Segeltuch', sand: 'sandfarben', navy: 'dunkelblau', olive: 'olivgrün', rust: 'rostrot' },
  ...{ ivory: 'elfenbein', black: 'schwarz', rose: 'rosa', mustard: 'senfgelb', teal: 'petrol' },
};

function pairOf({ title, category, style, material, colour }: Item): Pair {
  const words = [style, category, material, colour].map(word => GERMAN[word] ?? word);
  return { query: words.join(' '), text: title };
}

describe('all-minilm-l6-v2 fine-tuned in a child', () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-fine-tune-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('finds products that it has not seen better than before, and the file that it becomes does so', async () => {
    const pairs = path.join(directory, 'pairs.jsonl');
    const items = createWorld({ seed: 5, items: 240, users: 1 }).items;
    writeFileSync(pairs, items.map(item => JSON.stringify(pairOf(item))).join('\n'));
    const steps: number[] = [];
    const result = await fineTuneInChild(
      {
        encoder: await installWeights('all-minilm-l6-v2'),
        pairs,
        out: path.join(directory, 'model.onnx'),
        method: { name: 'lora', rank: 8 },
        seed: 1,
        epochs: 2,
        maxTokens: 24,
        threads: 2,
      },
      { onProgress: ({ step }) => steps.push(step) },
    );
    expect(result.parameters).toEqual({ trainable: 73_728, total: 22_565_376 + 73_728 });
    expect(result.train_loss.last).toBeLessThan(result.train_loss.first);
    expect(result.after.mrr).toBeGreaterThan(result.before.mrr + 0.05);
    expect(result.after.recall_at_1).toBeGreaterThan(result.before.recall_at_1);
    expect(steps.at(-1)).toBe(result.steps);

    const encoder = await openTextEncoder(result.path);
    const vectors = await encoder.encode(['lässige Jacke Leder schwarz', 'Street leather jacket in black']);
    expect(vectors).toHaveLength(2 * 384);
    await encoder.release();
  });
});
