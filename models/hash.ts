/**
 * A 32-bit hash of a text: FNV-1a, then the finaliser of MurmurHash3 (Appleby, fmix32) to spread its bits.
 * For shares, shuffles and ties; nothing that must withstand an enemy.
 */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The same text always falls on the same point of [0, 1). */
export function shareOf(text: string): number {
  return hash32(text) / 2 ** 32;
}

/** Two such hashes at once, 53 bits together: where 32 would fall together too often. */
export function hash53(text: string): number {
  let h = 0x811c9dc5;
  let g = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    h = Math.imul(h ^ c, 0x01000193);
    g = Math.imul(g ^ c, 0x5bd1e995);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  g = Math.imul(g ^ (g >>> 15), 0x2c1b3c6d);
  g = Math.imul(g ^ (g >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 16)) >>> 0) * 2 ** 21 + ((g ^ (g >>> 15)) >>> 11);
}
