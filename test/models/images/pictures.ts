import sharp from 'sharp';

type Colour = readonly [number, number, number];

/** A picture of one colour on the left and one on the right. */
export function halves(
  left: Colour,
  right: Colour,
  { width = 64, height = 64, alpha = 255 }: { width?: number; height?: number; alpha?: number } = {},
): sharp.Sharp {
  const data = Buffer.alloc(4 * width * height);
  for (let at = 0; at < width * height; at++) data.set([...(at % width < width / 2 ? left : right), alpha], 4 * at);
  return sharp(data, { raw: { width, height, channels: 4 } });
}
