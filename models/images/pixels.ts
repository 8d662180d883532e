import sharp from 'sharp';
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
  return await sharp(picture, { limitInputPixels: LIMITS.picture_pixels, failOn: 'error' })
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .resize(side, side, { fit: 'cover', kernel: 'cubic' })
    .removeAlpha()
    .raw()
    .toBuffer();
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
