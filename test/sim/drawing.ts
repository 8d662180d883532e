import type { Random } from './draws.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** Whether a place belongs to something; x and y from -1 to 1, right and down. */
export type Area = (x: number, y: number) => boolean;

/** From `top` to `bottom`, and between them from one half width to the other. */
export function wedge(centre: number, top: number, bottom: number, above: number, below = above): Area {
  return (x, y) =>
    y >= top && y <= bottom && Math.abs(x - centre) <= above + ((below - above) * (y - top)) / (bottom - top);
}

export function ellipse(centreX: number, centreY: number, across: number, down = across): Area {
  return (x, y) => ((x - centreX) / across) ** 2 + ((y - centreY) / down) ** 2 <= 1;
}

export function union(...areas: Area[]): Area {
  return (x, y) => areas.some(area => area(x, y));
}

export function without(area: Area, hole: Area): Area {
  return (x, y) => area(x, y) && !hole(x, y);
}

/** How an area lies in the picture. */
export interface Pose {
  x: number;
  y: number;
  /** Radians. */
  turned: number;
  /** 1 fills the picture. */
  across: number;
  down: number;
}

/** A picture of one colour with some noise in each place. */
export class Canvas {
  readonly side: number;
  /** [side, side, 3] */
  readonly pixels: Uint8Array;

  constructor(side: number, background: Colour) {
    this.side = side;
    this.pixels = new Uint8Array(3 * side * side);
    for (let place = 0; place < side * side; place++) this.pixels.set(background, 3 * place);
  }

  /** @param colourAt of each place of the area, in the area's own coordinates */
  fill(area: Area, { x, y, turned, across, down }: Pose, colourAt: (x: number, y: number) => Colour): void {
    const [cosine, sine] = [Math.cos(turned), Math.sin(turned)];
    for (let place = 0; place < this.side * this.side; place++) {
      const right = ((place % this.side) + 0.5) / (this.side / 2) - 1 - x;
      const below = (Math.floor(place / this.side) + 0.5) / (this.side / 2) - 1 - y;
      const [u, v] = [(right * cosine + below * sine) / across, (below * cosine - right * sine) / down];
      if (area(u, v)) this.pixels.set(colourAt(u, v), 3 * place);
    }
  }

  /** Adds to each value up to so much, up or down, as a camera in the evening does. */
  roughen(most: number, random: Random): void {
    for (let at = 0; at < this.pixels.length; at++) {
      const rough = this.pixels[at]! + most * (2 * random.uniform() - 1);
      this.pixels[at] = Math.max(0, Math.min(255, Math.round(rough)));
    }
  }
}
