import { z } from 'zod';

/** Features are rounded to 5 decimals, so that what is logged in a list is exactly what was scored. */
export function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/**
 * Packs rows of a matrix [rows, width] as lists carry them: float32, little-endian, in base64. As text in decimals the
 * numbers would be twice as long, and to write and to read them would be a tenth of what a list costs.
 */
export function packRows({ buffer, byteOffset, byteLength }: Float32Array, width: number): (row: number) => string {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return row => bytes.toString('base64', row * width * BYTES, (row + 1) * width * BYTES);
}

/** Undoes it, exactly, for features that were rounded. @returns undefined where it is no vector of finite numbers */
function unpackedVector(text: string): number[] | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % BYTES !== 0 || bytes.length !== Buffer.byteLength(text, 'base64')) return undefined;
  const floats = new Float32Array(new Uint8Array(bytes).buffer); // Buffer's own memory may begin anywhere
  const values = new Array<number>(floats.length);
  for (let f = 0; f < values.length; f++) {
    const value = rounded(floats[f]!);
    if (!Number.isFinite(value)) return undefined;
    values[f] = value;
  }
  return values;
}

const EXPECTED = 'expected numbers, or finite float32 values, little-endian, in base64';

/** Numbers, packed or, as lists of before had them and import files have them, as they are. */
export const FeatureVector = z.union([z.string(), z.array(z.number())], EXPECTED).transform((given, { addIssue }) => {
  const values = typeof given === 'string' ? unpackedVector(given) : given;
  if (values) return values;
  addIssue({ code: 'custom', message: EXPECTED });
  return z.NEVER;
});
