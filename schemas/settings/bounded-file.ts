import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** A pipe to which nobody writes is opened, and refused, instead of waited for. */
const OPENING = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The whole of a file that somebody names: no device or pipe, and no larger than it may be, so that none fills the memory.
 *
 * @throws Error in words, as the cause of what its caller says
 */
export function readBounded(file: string, limit_bytes: number): Buffer {
  const opened = openSync(file, OPENING);
  try {
    const stat = fstatSync(opened);
    if (!stat.isFile()) throw new Error('it is a directory, a device or a pipe');
    if (stat.size > limit_bytes) throw new Error(`it has ${stat.size} bytes, of at most ${limit_bytes}`);
    return readFileSync(opened);
  } finally {
    closeSync(opened);
  }
}
