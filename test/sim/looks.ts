import { type Area, type Colour, ellipse, union, wedge, without } from './drawing.ts';
import type { ACCENTS, COLOURS, LININGS, PATTERNS } from './items.ts';

/** What an item of a category looks like from afar. */
export const SHAPES: Readonly<Record<string, Area>> = {
  dresses: union(wedge(0, -0.9, -0.2, 0.25, 0.2), wedge(0, -0.2, 0.9, 0.2, 0.7)),
  shoes: union(wedge(-0.45, -0.4, 0.5, 0.3), wedge(0.1, 0, 0.5, 0.5, 0.8)),
  shirts: union(wedge(0, -0.7, 0.8, 0.45), wedge(0, -0.7, -0.25, 0.55, 0.9)),
  jackets: without(union(wedge(0, -0.8, 0.6, 0.5, 0.6), wedge(0, -0.8, 0.5, 0.6, 0.95)), wedge(0, -0.1, 0.7, 0.04)),
  bags: union(wedge(0, -0.2, 0.8, 0.6, 0.75), without(ellipse(0, -0.25, 0.4, 0.6), ellipse(0, -0.25, 0.3, 0.48))),
  trousers: without(wedge(0, -0.9, 0.9, 0.4, 0.6), wedge(0, -0.3, 0.95, 0.02, 0.2)),
  knitwear: union(ellipse(0, 0.1, 0.55, 0.75), wedge(0, -0.85, -0.5, 0.25), wedge(0, -0.3, 0.4, 0.6, 0.85)),
  jewellery: without(ellipse(0, 0, 0.85), ellipse(0, 0, 0.5)),
  lamps: union(wedge(0, -0.9, -0.1, 0.3, 0.75), wedge(0, -0.1, 0.75, 0.07), wedge(0, 0.75, 0.9, 0.45)),
  cushions: union(wedge(0, -0.7, 0.7, 0.7), ellipse(0, 0, 0.85, 0.6)),
  kitchen: union(
    ellipse(0, 0.2, 0.6, 0.6),
    wedge(0, -0.7, -0.3, 0.12, 0.3),
    without(ellipse(0.6, 0.1, 0.35), ellipse(0.6, 0.1, 0.22)),
  ),
  outdoors: wedge(0, -0.75, 0.75, 0.03, 0.95),
};

const PERIOD = 0.36;

/** Where a pattern has its colour; the rest is the item's own. */
export const WHERE: Readonly<Record<(typeof PATTERNS)[number], Area>> = {
  hem: (_, y) => y > 0.3,
  stripes: (_, y) => within(y) < 0.45,
  checks: (x, y) => within(x) < 0.5 !== within(y) < 0.5,
  dots: (x, y) => (within(x) - 0.5) ** 2 + (within(y) - 0.5) ** 2 < 0.1,
  zigzag: (x, y) => within(y + 0.5 * Math.abs(2 * PERIOD * (within(x) - 0.5))) < 0.45,
  blossoms: (x, y) => {
    const [across, down] = [within(x / 1.6) - 0.5, within(y / 1.6) - 0.5];
    return Math.hypot(across, down) < 0.26 + 0.16 * Math.cos(5 * Math.atan2(down, across));
  },
};

/** How far into a period, from 0 to 1. */
function within(distance: number): number {
  return distance / PERIOD - Math.floor(distance / PERIOD);
}

type Named = (typeof COLOURS)[number] | (typeof ACCENTS)[number] | (typeof LININGS)[number];

export const PAINT: Readonly<Record<Named, Colour>> = {
  sand: [214, 190, 150],
  navy: [28, 40, 84],
  olive: [104, 108, 50],
  rust: [160, 76, 40],
  ivory: [240, 234, 214],
  black: [26, 26, 28],
  rose: [222, 150, 160],
  mustard: [206, 164, 44],
  teal: [20, 120, 124],
  crimson: [190, 16, 50],
  cobalt: [20, 70, 190],
  lime: [150, 220, 40],
  white: [252, 252, 252],
  violet: [120, 50, 170],
  scarlet: [250, 50, 20],
  turquoise: [40, 220, 210],
  gold: [255, 205, 0],
  magenta: [240, 30, 180],
  leaf: [30, 160, 50],
};
