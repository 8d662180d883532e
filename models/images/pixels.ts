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

/** What `pixelsOf` does, in words that change when its result does: vectors of another way are others. */
export const PIXELS = 'upright, sRGB, on white, middle, cubic, (x - 127) / 128';

/**
 * A picture as numbers: upright, in sRGB, on white where it is transparent, made `side` x `side` by its middle.
 *
 * @param picture the bytes of a JPEG, PNG or WebP file
 * @returns [3, side, side]: red, green and blue, each (value - 127) / 128, as EfficientNet-Lite was trained
 * @throws INPUT_INVALID where it is none, is damaged, or has more bytes or pixels than a picture may
 */
export async function pixelsOf(picture: Uint8Array, side: number, where = 'a picture'): Promise<Float32Array> {
  const refuse = (expected: string, got: string, cause?: unknown): never => {
    throw new TemperError('INPUT_INVALID', { where, expected, got, cause });
  };
  if (picture.length > LIMITS.picture_bytes) refuse(`at most ${LIMITS.picture_bytes} bytes`, `${picture.length}`);
  const values = await decoded(picture, side).catch((cause: unknown) =>
    refuse('a JPEG, PNG or WebP picture', `${picture.length} bytes of something else`, cause),
  );
  return planes(values, side * side);
}

async function decoded(picture: Uint8Array, side: number): Promise<Uint8Array> {
  return await opened(picture)
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .resize(side, side, { fit: 'cover', kernel: 'cubic' })
    .removeAlpha()
    .raw()
    .toBuffer();
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
 * @throws INPUT_INVALID as `pixelsOf`
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

function opened(picture: Uint8Array): Sharp {
  return sharp(picture, { limitInputPixels: LIMITS.picture_pixels, failOn: 'error' });
}

/** Colours that stand together in each place, as a plane for each colour. */
function planes(values: Uint8Array, places: number): Float32Array {
  const apart = new Float32Array(3 * places);
  for (let place = 0; place < places; place++) {
    for (let colour = 0; colour < 3; colour++) {
      apart[colour * places + place] = (values[3 * place + colour]! - 127) / 128;
    }
  }
  return apart;
}
