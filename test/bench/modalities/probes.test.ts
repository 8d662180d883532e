import { expect, test } from 'vitest';
import { probe } from '../../../bench/modalities/probes.ts';
import { random } from '../../../models/random.ts';
import type { Contents } from '../../../models/ranker/model.ts';
import { type Item, PATTERNS } from '../../sim/items.ts';
import { createWorld } from '../../sim/world.ts';

const { items } = createWorld({ seed: 1, items: 200, users: 1 });

test('a head finds the facet that vectors tell, and none where they tell nothing', async () => {
  const draws = random(1);
  const told = contentsOf(item => PATTERNS.map(pattern => Number(pattern === item.pattern) + 0.1 * draws.normal()));
  const noise = contentsOf(() => PATTERNS.map(() => draws.normal()));
  const found = await probe(items, { text: noise, image: told, video: noise });
  expect(found.image!.pattern.accuracy).toBeGreaterThan(0.95);
  expect(found.image!.pattern.chance).toBeLessThan(0.4);
  expect(found.image!.lining.accuracy).toBeLessThan(0.5);
  expect(found.text!.pattern.accuracy).toBeLessThan(0.5);
});

function contentsOf(vector: (item: Item) => number[]): Contents {
  const vectors = items.map(item => {
    const own = vector(item);
    return own.map(each => each / Math.hypot(...own));
  });
  const present = new Uint8Array(items.length).fill(1);
  return { encoder: 'made', width: PATTERNS.length, vectors: Float32Array.from(vectors.flat()), present };
}
