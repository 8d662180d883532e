import { createHash } from 'node:crypto';

/** The sha256 of bytes, in hex: the name under which a registry and a promotion know a file. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
