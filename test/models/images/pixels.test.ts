import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { repainted, squaresOf, viewOf } from '../../../models/images/pixels.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { halves } from './pictures.ts';

const RED = [255, 0, 0] as const;
const BLUE = [0, 0, 255] as const;
const [FULL, NONE] = [1, -127 / 128];
const SIDE = 8;

/** Of the middle square red, green and blue at each of its sides. */
async function sidesOf(picture: Uint8Array) {
  const squares = await squaresOf(picture, SIDE);
  return sides(squares[Math.floor(squares.length / 2)]!);
}

function sides(pixels: Float32Array) {
  const at = (row: number, column: number) =>
    [0, 1, 2].map(colour => Math.round(pixels[(colour * SIDE + row) * SIDE + column]! * 128) / 128);
  return { left: at(4, 1), right: at(4, 6), top: at(1, 4), bottom: at(6, 4) };
}

describe('the pixels of a picture', () => {
  it.each(['png', 'webp'] as const)('are red, green and blue in planes, as in training: %s', async format => {
    const picture = await halves(RED, BLUE).toFormat(format, { lossless: true }).toBuffer();
    expect(await sidesOf(picture)).toMatchObject({ left: [FULL, NONE, NONE], right: [NONE, NONE, FULL] });
  });

  it('of a JPEG are near to them', async () => {
    const { left, right } = await sidesOf(await halves(RED, BLUE).removeAlpha().jpeg({ quality: 95 }).toBuffer());
    for (const [colour, target] of [FULL, NONE, NONE].entries()) expect(left[colour]).toBeCloseTo(target, 1);
    for (const [colour, target] of [NONE, NONE, FULL].entries()) expect(right[colour]).toBeCloseTo(target, 1);
  });

  it('are upright, however the camera was held', async () => {
    const turned = await halves(RED, BLUE)
      .removeAlpha()
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 95 })
      .toBuffer();
    const { top, bottom } = await sidesOf(turned);
    expect(top[0]).toBeCloseTo(FULL, 1);
    expect(bottom[2]).toBeCloseTo(FULL, 1);
  });

  it('are white where it is transparent', async () => {
    const picture = await halves(RED, BLUE, { alpha: 0 }).png().toBuffer();
    expect(await sidesOf(picture)).toMatchObject({ left: [FULL, FULL, FULL], right: [FULL, FULL, FULL] });
  });

  it('of shades of grey are three planes too', async () => {
    const picture = await halves([200, 200, 200], [50, 50, 50]).removeAlpha().toColourspace('b-w').png().toBuffer();
    expect((await sharp(picture).metadata()).channels).toBe(1);
    const { left } = await sidesOf(picture);
    expect(left).toEqual([left[0], left[0], left[0]]);
  });

  it('are those of its middle and of both ends, where it is not square', async () => {
    const wide = await halves(RED, BLUE, { width: 256, height: 64 }).png().toBuffer();
    const tall = await halves(RED, BLUE, { width: 64, height: 256 }).png().toBuffer();
    for (const picture of [wide, tall]) {
      expect(await sidesOf(picture)).toMatchObject({ left: [FULL, NONE, NONE], right: [NONE, NONE, FULL] });
      expect(await squaresOf(picture, SIDE)).toHaveLength(3);
    }
    const [first, , last] = (await squaresOf(wide, SIDE)).map(sides);
    expect(first).toMatchObject({ left: [FULL, NONE, NONE], right: [FULL, NONE, NONE] });
    expect(last).toMatchObject({ left: [NONE, NONE, FULL], right: [NONE, NONE, FULL] });
    expect(await squaresOf(await halves(RED, BLUE, { width: 100, height: 92 }).png().toBuffer(), SIDE)).toHaveLength(1);
    expect(await squaresOf(await halves(RED, BLUE, { width: 9_000, height: 1 }).png().toBuffer(), SIDE)).toHaveLength(
      3,
    );
  });
});

describe('another view of a picture', () => {
  const picture = () => halves(RED, BLUE, { width: 200, height: 100 }).png().toBuffer();

  it('is its mirror image', async () => {
    const mirrored = await viewOf(await picture(), { mirrored: true });
    expect(await sidesOf(mirrored)).toMatchObject({ left: [NONE, NONE, FULL], right: [FULL, NONE, NONE] });
  });

  it('is a square part, the smallest a pixel', async () => {
    const whole = await viewOf(await picture(), { part: { side: 1, x: 1, y: 0 } });
    expect(await sharp(whole).metadata()).toMatchObject({ width: 100, height: 100 });
    expect(await sidesOf(whole)).toMatchObject({ left: [NONE, NONE, FULL], right: [NONE, NONE, FULL] });
    const pixel = await viewOf(await picture(), { part: { side: 0, x: 0, y: 1 } });
    expect(await sharp(pixel).metadata()).toMatchObject({ width: 1, height: 1 });
  });

  it('is refused of what is none', async () => {
    await expect(viewOf(Buffer.from('none'), {})).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

/** Of a square that is larger than a picture may be. */
const TOO_WIDE = Math.floor(Math.sqrt(LIMITS.picture_pixels)) + 1;
const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2);

describe('refused, with where it was:', () => {
  it.each<[string, () => Promise<Uint8Array>]>([
    ['nothing', async () => Buffer.alloc(0)],
    ['a text', async () => Buffer.from('no picture')],
    [
      'an SVG, which could name other files',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ],
    ['a GIF', async () => await halves(RED, BLUE).gif().toBuffer()],
    ['a JPEG that was cut short', async () => half(await halves(RED, BLUE).jpeg().toBuffer())],
    ['more bytes than a picture has', async () => new Uint8Array(LIMITS.picture_bytes + 1)],
    [
      'few bytes that would be many pixels',
      async () =>
        await sharp(Buffer.alloc(TOO_WIDE ** 2), { raw: { width: TOO_WIDE, height: TOO_WIDE, channels: 1 } })
          .png({ compressionLevel: 1 })
          .toBuffer(),
    ],
  ])('%s', async (_what, picture) => {
    await expect(squaresOf(await picture(), SIDE, 'picture 7')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('at picture 7'),
    });
  });
});

describe('a picture that is painted anew', () => {
  it('has the pixels that it was given, and is seen as they are', async () => {
    const draws = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, at) => ((at * 37) % 256) / 255);
    const [square] = await squaresOf(
      await repainted(await halves(RED, BLUE).png().toBuffer(), SIDE, () => draws),
      SIDE,
    );
    for (const [at, x] of square!.entries()) expect(x).toBeCloseTo((255 * draws[at]! - 127) / 128, 5);
  });

  it('was seen before in the same order, from 0 to 1', async () => {
    const picture = await halves(RED, BLUE).png().toBuffer();
    let seen = new Float32Array();
    const again = await repainted(picture, SIDE, pixels => (seen = pixels.slice()));
    expect(seen).toHaveLength(3 * SIDE * SIDE);
    expect([seen[0], seen[SIDE - 1], seen.at(-1), seen.at(-SIDE)]).toEqual([1, 0, 1, 0]);
    const [before, after] = [await squaresOf(picture, SIDE), await squaresOf(again, SIDE)];
    for (const [at, x] of after[0]!.entries()) expect(Math.abs(x - before[0]![at]!)).toBeLessThan(0.02);
  });

  it('is refused where it is none', async () => {
    await expect(repainted(Buffer.from('no picture'), SIDE, pixels => pixels)).rejects.toThrow('INPUT_INVALID');
  });
});
