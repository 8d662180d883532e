import sharp, { type Sharp } from 'sharp';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';

// Of all that the library can read, what shops have. Others can name files and addresses inside a picture (SVG, PDF).
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});
// Pictures come once: what the library would remember of them is of no use.
sharp.cache(false);

/** What `squaresOf` does, in words that change when its result does: vectors of another way are others. */
export const PIXELS = 'upright, sRGB, on white, cubic, (x - 127) / 128, both ends and the middle';

/** Where a picture is not longer than this many times its shorter side, its middle is all of it. */
const NEARLY_SQUARE = 1.125;
/** Of what is longer, only so much of the middle is seen. */
const LONGEST = 3;

/**
 * A picture as numbers: upright, in sRGB, on white where it is transparent, its shorter side made `side` long. Of one
 * that is not square, the squares at both ends and in the middle, so that nothing is cut off.
 *
 * @param picture the bytes of a JPEG, PNG or WebP file
 * @returns one or three times [3, side, side]: red, green and blue, each (value - 127) / 128, as EfficientNet-Lite was
 *   trained
 * @throws INPUT_INVALID where it is none, is damaged, or has more bytes or pixels than a picture may
 */
export async function squaresOf(picture: Uint8Array, side: number, where = 'a picture'): Promise<Float32Array[]> {
  const refuse = (expected: string, got: string, cause?: unknown): never => {
    throw new TemperError('INPUT_INVALID', { where, expected, got, cause });
  };
  if (picture.length > LIMITS.picture_bytes) refuse(`at most ${LIMITS.picture_bytes} bytes`, `${picture.length}`);
  const { data, info } = await decoded(picture, side).catch((cause: unknown) =>
    refuse('a JPEG, PNG or WebP picture', `${picture.length} bytes of something else`, cause),
  );
  const spare = Math.max(info.width, info.height) - side;
  const offsets = spare === 0 ? [0] : [0, Math.floor(spare / 2), spare];
  return offsets.map(offset => {
    const [left, top] = info.width > info.height ? [offset, 0] : [0, offset];
    return planes(data, { width: info.width, left, top, side });
  });
}

async function decoded(picture: Uint8Array, side: number) {
  const { autoOrient: size } = await opened(picture).metadata();
  const shorter = Math.min(size.width, size.height);
  const lengthOf = (pixels: number) => {
    const times = Math.min(LONGEST, pixels / shorter);
    return times < NEARLY_SQUARE ? side : Math.round(side * times);
  };
  return await opened(picture)
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .resize(lengthOf(size.width), lengthOf(size.height), { fit: 'cover', kernel: 'cubic' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
}

/** Of colours that stand together in each place, a square as a plane for each colour. */
function planes(
  values: Uint8Array,
  { width, left, top, side }: { width: number; left: number; top: number; side: number },
): Float32Array {
  const apart = new Float32Array(3 * side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const from = 3 * ((top + row) * width + left + column);
      for (let colour = 0; colour < 3; colour++) {
        apart[(colour * side + row) * side + column] = (values[from + colour]! - 127) / 128;
      }
    }
  }
  return apart;
}

/** Another view of a picture: mirrored, or a square part of it, in shares of its shorter side and of what is left. */
export interface View {
  readonly mirrored?: boolean;
  readonly part?: { readonly side: number; readonly x: number; readonly y: number };
}

/**
 * A picture as it might also have been taken.
 *
 * @returns the bytes of a PNG file
 * @throws INPUT_INVALID as `squaresOf`
 */
export async function viewOf(picture: Uint8Array, { mirrored = false, part }: View): Promise<Buffer> {
  try {
    const upright = sharp(await opened(picture).autoOrient().png({ compressionLevel: 0 }).toBuffer());
    const { width, height } = await upright.metadata();
    const side = Math.max(1, Math.round((part?.side ?? 1) * Math.min(width, height)));
    const cut = {
      left: Math.round((part?.x ?? 0) * (width - side)),
      top: Math.round((part?.y ?? 0) * (height - side)),
    };
    const seen = part ? upright.extract({ ...cut, width: side, height: side }) : upright;
    return await seen.flop(mirrored).png({ compressionLevel: 0 }).toBuffer();
  } catch (cause) {
    const got = `${picture.length} bytes of something else`;
    throw new TemperError('INPUT_INVALID', { where: 'a picture', expected: 'a JPEG, PNG or WebP picture', got, cause });
  }
}

/**
 * A picture with other pixels: the square of its middle, `side` long.
 *
 * @param paint of colours in [0, 1], a plane for each, [3, side, side]; may change them in place
 * @returns the bytes of a PNG file
 * @throws INPUT_INVALID as `squaresOf`
 */
export async function repainted(
  picture: Uint8Array,
  side: number,
  paint: (pixels: Float32Array) => Float32Array,
): Promise<Buffer> {
  const square = await middleOf(picture, side).catch((cause: unknown) => {
    const got = `${picture.length} bytes of something else`;
    throw new TemperError('INPUT_INVALID', { where: 'a picture', expected: 'a JPEG, PNG or WebP picture', got, cause });
  });
  const places = side * side;
  const apart = Float32Array.from(
    { length: 3 * places },
    (_, at) => square[3 * (at % places) + Math.floor(at / places)]! / 255,
  );
  const painted = paint(apart);
  const values = Uint8ClampedArray.from(
    { length: 3 * places },
    (_, at) => 255 * painted[(at % 3) * places + Math.floor(at / 3)]!,
  );
  const raw = { width: side, height: side, channels: 3 } as const;
  return await sharp(values, { raw }).png({ compressionLevel: 0 }).toBuffer();
}

async function middleOf(picture: Uint8Array, side: number): Promise<Buffer> {
  const upright = opened(picture).autoOrient().flatten({ background: 'white' }).toColourspace('srgb');
  return await upright.resize(side, side, { kernel: 'cubic' }).removeAlpha().raw().toBuffer();
}

/**
 * A picture for a page: upright, in sRGB, on white, a square of its middle, as a WebP file that holds nothing else.
 *
 * @throws INPUT_INVALID where it is none, or has more pixels than a picture may
 */
export async function thumbnail(picture: Uint8Array, side: number): Promise<Buffer<ArrayBuffer>> {
  try {
    const upright = opened(picture).autoOrient().flatten({ background: 'white' }).toColourspace('srgb');
    const { buffer, byteOffset, byteLength } = await upright.resize(side, side).webp({ quality: 82 }).toBuffer();
    return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength).slice().buffer);
  } catch (cause) {
    const got = `${picture.length} bytes of something else`;
    throw new TemperError('INPUT_INVALID', { where: 'a picture', expected: 'a JPEG, PNG or WebP picture', got, cause });
  }
}

function opened(picture: Uint8Array): Sharp {
  return sharp(picture, { limitInputPixels: LIMITS.picture_pixels, failOn: 'error' });
}
