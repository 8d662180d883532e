/**
 * A 32-bit hash of a text: FNV-1a, then the finaliser of MurmurHash3 (Appleby, fmix32) to spread its bits.
 * For shares, shuffles and ties; nothing that must withstand an enemy.
 */
export function hash32(text: string): number {
  let h = FNV_BASIS;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), FNV_PRIME);
  return spread(h) >>> 0;
}

/** The same of a text in ASCII, from its bytes. */
export function hash32Of(bytes: Uint8Array, from: number, to: number): number {
  let h = FNV_BASIS;
  for (let i = from; i < to; i++) h = Math.imul(h ^ bytes[i]!, FNV_PRIME);
  return spread(h) >>> 0;
}

/** The same text always falls on the same point of [0, 1). */
export function shareOf(text: string): number {
  return hash32(text) / 2 ** 32;
}

/** Two such hashes at once, 53 bits together: where 32 would fall together too often. */
export function hash53(text: string): number {
  let h = FNV_BASIS;
  let g = BASIS;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    h = Math.imul(h ^ c, FNV_PRIME);
    g = Math.imul(g ^ c, PRIME);
  }
  return both(h, g);
}

/** The same of a text in ASCII, from its bytes. */
export function hash53Of(bytes: Uint8Array, from: number, to: number): number {
  let h = FNV_BASIS;
  let g = BASIS;
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    h = Math.imul(h ^ c, FNV_PRIME);
    g = Math.imul(g ^ c, PRIME);
  }
  return both(h, g);
}

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const BASIS = 0x9747b28c;
const PRIME = 0x5bd1e995;

function spread(of: number): number {
  let h = Math.imul(of ^ (of >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function both(h: number, of: number): number {
  let g = Math.imul(of ^ (of >>> 15), 0x2c1b3c6d);
  g = Math.imul(g ^ (g >>> 12), 0x297a2d39);
  return (spread(h) >>> 0) * 2 ** 21 + ((g ^ (g >>> 15)) >>> 11);
}
