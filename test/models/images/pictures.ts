import sharp, { type Sharp } from 'sharp';

export type Colour = readonly [red: number, green: number, blue: number];

/** A picture of one colour on the left and one on the right. */
export function halves(
  left: Colour,
  right: Colour,
  { width = 64, height = 64, alpha = 255 }: { width?: number; height?: number; alpha?: number } = {},
): Sharp {
  return drawn(x => (x < width / 2 ? left : right), { width, height, alpha });
}

const SIZE = 448;
const SKY: Colour = [154, 197, 238];

type Shape = (x: number, y: number) => boolean;
const circle =
  (cx: number, cy: number, rx: number, ry = rx): Shape =>
  (x, y) =>
    ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;
const box =
  (left: number, top: number, width: number, height: number): Shape =>
  (x, y) =>
    x >= left && x < left + width && y >= top && y < top + height;

/** Things that are easily drawn, with their classes in ImageNet. */
export const THINGS: readonly { name: string; label: number; shapes: readonly (readonly [Shape, Colour])[] }[] = [
  {
    name: 'a traffic light',
    label: 920,
    shapes: [
      [circle(224, 105, 42), [255, 34, 34]],
      [circle(224, 205, 42), [85, 85, 34]],
      [circle(224, 305, 42), [34, 85, 34]],
      [box(150, 40, 148, 330), [34, 34, 34]],
      [box(214, 330, 20, 118), [68, 68, 68]],
    ],
  },
  {
    name: 'a balloon',
    label: 417,
    shapes: [
      [circle(224, 180, 90, 110), [221, 34, 34]],
      [box(205, 320, 38, 30), [153, 102, 51]],
    ],
  },
  {
    name: 'a clock',
    label: 409,
    shapes: [
      [box(218, 110, 12, 120), [17, 17, 17]],
      [box(224, 218, 90, 12), [17, 17, 17]],
      ...Array.from({ length: 12 }, (_, hour): [Shape, Colour] => {
        const angle = (hour * Math.PI) / 6;
        return [circle(224 + 148 * Math.sin(angle), 224 - 148 * Math.cos(angle), 9), [17, 17, 17]];
      }),
      [circle(224, 224, 172), [255, 255, 255]],
      [circle(224, 224, 188), [34, 34, 34]],
    ],
  },
];

/** One of them, as a PNG file. */
export function thing(name: string): Promise<Buffer> {
  const { shapes } = THINGS.find(each => each.name === name)!;
  const colourAt = (x: number, y: number) => shapes.find(([holds]) => holds(x, y))?.[1] ?? SKY;
  return drawn(colourAt, { width: SIZE, height: SIZE, alpha: 255 }).png().toBuffer();
}

function drawn(
  colourAt: (x: number, y: number) => Colour,
  { width, height, alpha }: { width: number; height: number; alpha: number },
): Sharp {
  const data = Buffer.alloc(4 * width * height);
  for (let at = 0; at < width * height; at++) {
    data.set([...colourAt(at % width, Math.floor(at / width)), alpha], 4 * at);
  }
  return sharp(data, { raw: { width, height, channels: 4 } });
}
