import { describe, expect, it } from 'vitest';
import { grain } from '../../../../models/attack/images/noise.ts';
import { patched } from '../../../../models/attack/images/patch.ts';

const SIDE = 20;
const grey = new Float32Array(3 * SIDE * SIDE).fill(0.5);

describe('attacks on pictures', () => {
  it('grain is of the size that was asked for, within black and white, the same again from a seed', () => {
    expect(grain(grey, 0, 1)).toEqual(grey);
    const grainy = grain(grey, 0.1, 1);
    expect(grain(grey, 0.1, 1)).toEqual(grainy);
    const deviation = Math.sqrt(grainy.reduce((sum, x) => sum + (x - 0.5) ** 2, 0) / grainy.length);
    expect(deviation).toBeGreaterThan(0.09);
    expect(deviation).toBeLessThan(0.11);
    expect(grain(grey, 5, 1).every(x => x >= 0 && x <= 1)).toBe(true);
    expect(grey.every(x => x === 0.5)).toBe(true);
  });

  it('a patch covers a square of its share in all colours, and nothing else', () => {
    for (const seed of [1, 2, 3]) {
      const covered = patched(grey, { side: SIDE, share: 0.16 }, seed);
      const changed = [...covered.keys()].filter(at => covered[at] !== 0.5);
      expect(changed).toHaveLength(3 * 64);
      const rows = new Set(changed.map(at => Math.floor(at / SIDE) % SIDE));
      const columns = new Set(changed.map(at => at % SIDE));
      expect([rows.size, columns.size]).toEqual([8, 8]);
    }
    expect(patched(grey, { side: SIDE, share: 0 }, 1)).toEqual(grey);
  });

  it('a sticker is stuck on as it is', () => {
    const sticker = { side: 2, pixels: Float32Array.from({ length: 12 }, (_, at) => at / 12) };
    const covered = patched(grey, { side: SIDE, share: 1, sticker }, 1);
    const [width, half] = [SIDE, SIDE / 2];
    expect(covered[0]).toBe(0);
    expect(covered[half]).toBe(Math.fround(1 / 12));
    expect(covered[half * width]).toBe(Math.fround(2 / 12));
    expect(covered.at(-1)).toBe(Math.fround(11 / 12));
  });
});
