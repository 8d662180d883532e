import { Float16Array } from '@petamoriken/float16';

/** Numbers as float16 (IEEE 754 binary16), each as the 16 bits that it consists of; beyond 65,504 they are infinite. */
export function halves(values: ArrayLike<number>): Uint16Array {
  const rounded = Float16Array.from(values);
  return new Uint16Array(rounded.buffer, rounded.byteOffset, rounded.length);
}

/** The numbers that float16 bits stand for. */
export function fromHalves(bits: Uint16Array): Float32Array {
  return Float32Array.from(new Float16Array(bits.buffer, bits.byteOffset, bits.length));
}
