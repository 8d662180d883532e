import { createHash } from 'node:crypto';

/** The sha256 of bytes, in hex: the name under which a registry and a promotion know a file. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** JSON with sorted keys, for what is signed or hashed: it comes back from histories and files in another order of its fields. */
export function canonical(thing: unknown): string {
  return JSON.stringify(thing, (_, each) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
