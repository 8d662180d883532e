import { describe, expect, it } from 'vitest';
import { type AlignmentPairs, trainAlignment } from '../../../models/images/align.ts';
import { random } from '../../../models/random.ts';

const [PICTURE, TEXT, HIDDEN] = [12, 10, 4];

/** Both are another linear image of a few hidden numbers, with some noise. */
function made(seed: number, rows: number): AlignmentPairs {
  const [draws, maps] = [random(seed), random(99)];
  const [toPicture, toText] = [PICTURE, TEXT].map(width => Float32Array.from({ length: HIDDEN * width }, maps.normal));
  const pictures = new Float32Array(rows * PICTURE);
  const texts = new Float32Array(rows * TEXT);
  for (let row = 0; row < rows; row++) {
    const hidden = Array.from({ length: HIDDEN }, draws.normal);
    const image = (map: Float32Array, width: number, k: number) =>
      hidden.reduce((sum, each, at) => sum + each * map[at * width + k]!, 0.1 * draws.normal());
    for (let k = 0; k < PICTURE; k++) pictures[row * PICTURE + k] = image(toPicture!, PICTURE, k) ** 3;
    for (let k = 0; k < TEXT; k++) texts[row * TEXT + k] = image(toText!, TEXT, k);
  }
  return {
    pictures: { vectors: pictures, width: PICTURE },
    texts: { vectors: texts, width: TEXT },
    pairs: Array.from({ length: rows }, (_, row) => ({ picture: row, text: row })),
  };
}

/** Of 50 texts, the share whose own picture is the nearest. */
async function recall(data: AlignmentPairs, epochs: number): Promise<number> {
  const test = made(2, 50);
  const alignment = await trainAlignment(data, { seed: 1, width: 8, epochs, rate: 0.01 });
  const [pictures, texts] = [
    await alignment.pictures(test.pictures.vectors),
    await alignment.texts(test.texts.vectors),
  ];
  await alignment.release();
  const product = (text: number, picture: number) => {
    let sum = 0;
    for (let k = 0; k < 8; k++) sum += texts[text * 8 + k]! * pictures[picture * 8 + k]!;
    return sum;
  };
  expect(Math.hypot(...texts.subarray(0, 8))).toBeCloseTo(1, 5);
  const rows = [...Array(50).keys()];
  return rows.filter(text => rows.every(other => product(text, other) <= product(text, text))).length / 50;
}

describe('pictures and texts in one space', () => {
  it('find each other, also those that were not learned from', async () => {
    expect(await recall(made(1, 400), 60)).toBeGreaterThan(0.6);
    const wrong = {
      ...made(1, 400),
      pairs: Array.from({ length: 400 }, (_, row) => ({ picture: row, text: 399 - row })),
    };
    expect(await recall(wrong, 60)).toBeLessThan(0.2);
  });

  it('learn from several pictures of one text, which are never wrong for it', async () => {
    const data = made(1, 90);
    const shared = { ...data, pairs: data.pairs.map(({ picture }) => ({ picture, text: picture % 3 })) };
    const alignment = await trainAlignment(shared, { seed: 1, width: 8, epochs: 2 });
    expect(Array.from(await alignment.texts(data.texts.vectors)).every(Number.isFinite)).toBe(true);
    await alignment.release();
  });

  it('are refused where there are no two pairs to tell apart', async () => {
    const data = made(1, 5);
    const one = { ...data, pairs: data.pairs.map(({ picture }) => ({ picture, text: 0 })) };
    await expect(trainAlignment(one, { seed: 1 })).rejects.toMatchObject({ code: 'DATA_INSUFFICIENT' });
  });
});
