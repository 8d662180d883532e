import { random } from '../../random.ts';
import type { Pixels } from './noise.ts';

export interface PatchOptions {
  /** Height and width, in pixels. */
  readonly side: number;
  /** Of the area, the share that the patch covers: the budget. */
  readonly share: number;
  /** [3, side', side'], what is stuck on; noise of all colours where it is not given. */
  readonly sticker?: { readonly pixels: Pixels; readonly side: number };
}

/**
 * A picture with a square stuck on it somewhere, such as a badge, or what was made to be seen by networks (Brown et al.,
 * "Adversarial patch", 2017).
 *
 * @param pixels [3, side, side]: a plane for each colour, in [0, 1]
 * @returns a new picture
 */
export function patched(pixels: Pixels, { side, share, sticker }: PatchOptions, seed: number): Pixels {
  const draws = random(seed);
  const length = Math.min(side, Math.round(side * Math.sqrt(share)));
  const [left, top] = [draws.below(side - length + 1), draws.below(side - length + 1)];
  const covered = pixels.slice();
  for (let colour = 0; colour < 3; colour++) {
    for (let y = 0; y < length; y++) {
      for (let x = 0; x < length; x++) {
        covered[(colour * side + top + y) * side + left + x] = sticker
          ? nearest(sticker, colour, x / length, y / length)
          : draws.uniform();
      }
    }
  }
  return covered;
}

function nearest({ pixels, side }: { pixels: Pixels; side: number }, colour: number, x: number, y: number): number {
  return pixels[(colour * side + Math.floor(y * side)) * side + Math.floor(x * side)]!;
}
