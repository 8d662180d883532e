import { Float16Array } from '@petamoriken/float16';

/** The number that each float16 (IEEE 754 binary16) stands for, by its 16 bits. */
export const HALF: Float32Array = Float32Array.from(
  new Float16Array(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits).buffer),
);
