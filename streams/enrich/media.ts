import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';

/** Something that is no file must not hold who opens it. */
const OPENING = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * A file that a product names. Its place is below the directory of media, links followed, and it is no larger than a
 * picture may be.
 *
 * @param media the directory
 * @param place below it
 * @throws INPUT_INVALID where there is none, or it is elsewhere, too large, or no file
 */
export async function readMedia(media: string, place: string): Promise<Buffer> {
  const refuse = (expected: string, got: string, cause?: unknown): never => {
    throw new TemperError('INPUT_INVALID', { where: place, expected, got, cause });
  };
  const found = await Promise.all([realpath(media), realpath(path.join(media, place))]).catch((cause: unknown) =>
    refuse('a file below TEMPER_MEDIA', 'none', cause),
  );
  const [root, file] = found;
  if (!file.startsWith(root + path.sep)) refuse('a file below TEMPER_MEDIA', 'a link to another place');
  const handle = await open(file, OPENING).catch((cause: unknown) => refuse('a file that can be read', 'none', cause));
  try {
    const status = await handle.stat();
    if (!status.isFile()) refuse('a file', 'something else');
    if (status.size > LIMITS.picture_bytes) refuse(`at most ${LIMITS.picture_bytes} bytes`, `${status.size}`);
    const bytes = Buffer.alloc(status.size);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
