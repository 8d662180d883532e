import { expect, it } from 'vitest';
import { whitened, whiteningsOf } from '../../../models/fusion/whitening.ts';
import { random } from '../../../models/random.ts';
import type { RankerBatch } from '../../../models/ranker/model.ts';

const [ITEMS, WIDTH, DIRECTIONS] = [400, 12, 6];

/** Vectors around something that all have in common, with directions of very different variance. */
function batch(): RankerBatch {
  const draws = random(3);
  const deviations = [3, 2, 1, 0.5, 0.3, 0.2, 0, 0, 0, 0, 0, 0];
  const vectors = Float32Array.from(
    { length: ITEMS * WIDTH },
    (_, at) => 10 + deviations[at % WIDTH]! * draws.normal(),
  );
  const present = Uint8Array.from({ length: ITEMS }, (_, item) => Number(item % 10 > 0));
  return {
    rows: ITEMS,
    features: new Float32Array(ITEMS),
    items: Array.from({ length: ITEMS }, (_, item) => `i${item}`),
    item: Int32Array.from({ length: ITEMS }, (_, item) => item),
    list: new Int32Array(ITEMS),
    history: new Int32Array(),
    contents: { text: { encoder: 'words@1', width: WIDTH, vectors, present } },
  };
}

it('brings vectors to mean 0, and directions in which they differ nearer to the same variance', async () => {
  const given = batch();
  const whitenings = await whiteningsOf(given, { text: { encoder: 'words@1', width: WIDTH } }, DIRECTIONS);
  const { text } = (await whitened(given, whitenings)).contents;
  expect(text!.width).toBe(DIRECTIONS);
  const items = [...text!.present.keys()].filter(item => text!.present[item]);
  const numbers = (k: number) => items.map(item => text!.vectors[item * DIRECTIONS + k]!);
  const product = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x, at) => sum + x * b[at]!, 0) / a.length;
  for (let a = 0; a < DIRECTIONS; a++) {
    const ones = items.map(() => 1);
    expect(product(numbers(a), ones)).toBeCloseTo(0, 1);
    for (let b = 0; b < a; b++) expect(Math.abs(product(numbers(a), numbers(b)))).toBeLessThan(0.06);
  }
  const variances = Array.from({ length: DIRECTIONS }, (_, k) => product(numbers(k), numbers(k)));
  // The three that differ much, by 9 to 1 before; those in which nearly nothing differs stay smaller.
  const [least, most] = [Math.min(...variances.slice(0, 3)), Math.max(...variances)];
  expect(most / least).toBeLessThan(4);
  expect(variances.slice(3).every(each => each < least)).toBe(true);
  for (const item of items) {
    const own = [...text!.vectors.subarray(item * DIRECTIONS, (item + 1) * DIRECTIONS)];
    expect(Math.hypot(...own)).toBeCloseTo(1, 4);
  }
});

it('stays finite where there are fewer items than directions, and is not made of what is not read', async () => {
  const given = { ...batch(), item: Int32Array.of(1, 2, 3) };
  const whitenings = await whiteningsOf(given, { text: { encoder: 'words@1', width: WIDTH } }, DIRECTIONS);
  const { text } = (await whitened(given, whitenings)).contents;
  expect(text!.vectors.every(Number.isFinite)).toBe(true);
  expect(await whiteningsOf(given, {}, DIRECTIONS)).toEqual({});
});

it('leaves out directions in which views of an item differ, however much items differ there', async () => {
  const given = batch();
  const draws = random(8);
  const { vectors, present } = given.contents.text!;
  // Damage moves the direction in which items differ the most.
  const views = [1, 2].map(() => vectors.map((x, at) => (at % WIDTH === 0 ? x + 9 * draws.normal() : x)));
  const spec = { text: { encoder: 'words@1', width: WIDTH } };
  const steadiness = async (whitenings: Awaited<ReturnType<typeof whiteningsOf>>) => {
    const [own, other] = [given, { ...given, contents: { text: { ...given.contents.text!, vectors: views[0]! } } }];
    const [a, b] = [
      (await whitened(own, whitenings)).contents.text!,
      (await whitened(other, whitenings)).contents.text!,
    ];
    const product = a.vectors.reduce((sum, x, at) => sum + x * b.vectors[at]!, 0);
    return product / present.reduce((sum, each) => sum + each, 0);
  };
  const plain = await steadiness(await whiteningsOf(given, spec, 3));
  const seen = await whiteningsOf(given, spec, 3, { text: views });
  expect(seen.text!.directions).toHaveLength(WIDTH * 3);
  expect(await steadiness(seen)).toBeGreaterThan(plain + 0.1);
});
