import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { TemperError } from '../../schemas/errors.ts';
import { Canvas, type Colour, type Pose } from './drawing.ts';
import { named, type Random } from './draws.ts';
import type { Item } from './items.ts';
import { PAINT, SHAPES, WHERE } from './looks.ts';

/** Height and width, in pixels. */
export const SIDE = 96;
export const FRAMES = 4;
/** Pictures that are drawn at a time. */
const ITEMS = 32;

/**
 * Writes pictures and videos of these items below a directory, where `toProduct` says that they are: a JPEG file, and a
 * directory of such files. The same seed and item give the same bytes.
 *
 * @throws INPUT_INVALID where they can't be written
 */
export async function writeMedia(items: readonly Item[], directory: string, seed: number): Promise<void> {
  try {
    await mkdir(path.join(directory, 'pictures'), { recursive: true });
    for (let at = 0; at < items.length; at += ITEMS) {
      await Promise.all(items.slice(at, at + ITEMS).map(item => writeItem(item, directory, seed)));
    }
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: directory, expected: 'a directory that can be written', cause });
  }
}

async function writeItem(item: Item, directory: string, seed: number): Promise<void> {
  if (item.image !== undefined) await writeWhole(directory, item.image, await pictureOf(item, seed));
  if (item.video === undefined) return;
  await mkdir(path.join(directory, item.video), { recursive: true });
  for (const [frame, picture] of (await videoOf(item, seed)).entries()) {
    await writeWhole(directory, path.join(item.video, `${frame}.jpg`), picture);
  }
}

/** Where the shop opens again, the job of vectors reads these files meanwhile: it never meets one that is half written. */
async function writeWhole(directory: string, place: string, bytes: Buffer): Promise<void> {
  const half = path.join(directory, `${place.replaceAll(path.sep, '-')}.new`); // not among the frames of a video
  await writeFile(half, bytes);
  await rename(half, path.join(directory, place));
}

/** A photo of the item: category by its shape, colour and pattern as they are, the lining unseen. */
export async function pictureOf(item: Item, seed: number): Promise<Buffer> {
  const random = named(seed, `picture of ${item.item}`);
  return await jpegOf(draw(item, poseOf(random), random));
}

/** The item as it is turned once: some frames in the middle show the lining, and the others do not. */
export async function videoOf(item: Item, seed: number): Promise<Buffer[]> {
  const random = named(seed, `video of ${item.item}`);
  const pose = poseOf(random);
  const opens = random.below(FRAMES - 1);
  const frames: Buffer[] = [];
  for (let frame = 0; frame < FRAMES; frame++) {
    const turned = { ...pose, across: pose.across * (1 - 0.12 * frame), x: pose.x + 0.03 * frame };
    const canvas = draw(
      item,
      turned,
      random,
      frame === opens || frame === opens + 1 ? PAINT[item.lining as keyof typeof PAINT] : undefined,
    );
    frames.push(await jpegOf(canvas));
  }
  return frames;
}

function poseOf(random: Random): Pose {
  const size = 0.68 + 0.2 * random.uniform();
  const about = (most: number) => most * (2 * random.uniform() - 1);
  return { x: about(0.14), y: about(0.14), turned: about(0.2), across: size, down: size };
}

/** @param lining turned out, where it is given: it covers the lower half */
function draw(item: Item, pose: Pose, random: Random, lining?: Colour): Canvas {
  const grey = 205 + random.below(40);
  const canvas = new Canvas(SIDE, [grey, grey, grey - 6]);
  const [own, accent] = [item.colour, item.accent].map(name => PAINT[name as keyof typeof PAINT]) as [Colour, Colour];
  const patterned = WHERE[item.pattern as keyof typeof WHERE];
  canvas.fill(SHAPES[item.category]!, pose, (x, y) => {
    if (lining && y > -0.3) return lining;
    return patterned(x, y) ? accent : own;
  });
  canvas.roughen(14, random);
  return canvas;
}

async function jpegOf({ pixels, side }: Canvas): Promise<Buffer> {
  return await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}
