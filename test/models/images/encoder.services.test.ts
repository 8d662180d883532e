import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTorch } from '../../../models/encoders/files/torch.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { efficientNetLite0, SIDE } from '../../../models/images/efficientnet.ts';
import { type ImageEncoder, openImageEncoder } from '../../../models/images/encoder.ts';
import { squaresOf } from '../../../models/images/pixels.ts';
import { installWeights } from '../../../services/weights/weights.ts';
import { halves, THINGS, thing } from './pictures.ts';

let directory: string;
let encoder: ImageEncoder;
beforeAll(async () => {
  directory = await installWeights('efficientnet-lite0');
  encoder = await openImageEncoder(directory);
});
afterAll(() => encoder.release());

describe('EfficientNet-Lite0', () => {
  it('has the published number of parameters', async () => {
    const weights = await readTorch(path.join(directory, 'model.pth'));
    const trained = [...weights].filter(([name]) => /\.(weight|bias)$/.test(name));
    expect(trained.reduce((sum, [, { data }]) => sum + data.length, 0)).toBe(4_652_008);
  });

  it.each(THINGS)('sees $name', async ({ name, label }) => {
    const session = await openSession(efficientNetLite0(await readTorch(path.join(directory, 'model.pth'))));
    const pixels = value('float32', (await squaresOf(await thing(name), SIDE))[0]!, [1, 3, SIDE, SIDE]);
    const logits = (await session.run({ pixels })).logits!.data as Float32Array;
    await session.release();
    expect(logits.indexOf(Math.max(...logits))).toBe(label);
  });

  it('gives a picture the same vector alone and among others, of length 1', async () => {
    const pictures = await Promise.all([...THINGS, ...THINGS, ...THINGS, ...THINGS].map(({ name }) => thing(name)));
    const many = await encoder.vectors(pictures);
    expect(many).toHaveLength(12);
    for (const [place, picture] of pictures.entries()) {
      const [alone] = await encoder.vectors([picture]);
      expect(alone).toHaveLength(encoder.width);
      expect(Math.hypot(...alone!)).toBeCloseTo(1, 5);
      expect(cosine(alone!, many[place]!)).toBeGreaterThan(0.999999);
      expect(cosine(alone!, many[(place + 1) % 12]!)).toBeLessThan(0.9);
    }
    expect(await encoder.vectors([])).toEqual([]);
  });

  it('has an id that names its weights', async () => {
    const again = await openImageEncoder(directory);
    expect(encoder.id).toMatch(/^efficientnet-lite0@[0-9a-f]{8}$/);
    expect(again.id).toBe(encoder.id);
    await again.release();
  });

  it('says which picture cannot be read', async () => {
    const good = await halves([255, 0, 0], [0, 0, 255]).png().toBuffer();
    const pictures = [...new Array<Buffer>(9).fill(good), Buffer.from('none')];
    await expect(encoder.vectors(pictures)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('at picture 9'),
    });
  });
});

it('a directory without it says so', async () => {
  await expect(openImageEncoder(path.join(directory, 'none'))).rejects.toMatchObject({
    code: 'MODEL_REFUSED',
    message: expect.stringContaining('temper models'),
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, each, at) => sum + each * b[at]!, 0);
}
