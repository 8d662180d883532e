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
