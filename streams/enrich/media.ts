import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';

/** Something that is no file must not hold who opens it. */
const OPENING = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Where that is which a product names: below the directory of media, links followed.
 *
 * @throws INPUT_INVALID where there is nothing, or it is elsewhere
 */
export async function placeOf(media: string, named: string): Promise<string> {
  const [root, place] = await Promise.all([realpath(media), realpath(path.join(media, named))]).catch(
    (cause: unknown) => refuse(named, 'something below TEMPER_MEDIA', 'nothing', cause),
  );
  if (!place.startsWith(root + path.sep)) refuse(named, 'something below TEMPER_MEDIA', 'a link to another place');
  return place;
}

/**
 * The file of a picture.
 *
 * @throws INPUT_INVALID as `placeOf`, and where it is larger than a picture may be, or no file
 */
export async function readPicture(media: string, named: string): Promise<Buffer> {
  const handle = await open(await placeOf(media, named), OPENING).catch((cause: unknown) =>
    refuse(named, 'a file that can be read', 'none', cause),
  );
  try {
    const status = await handle.stat();
    if (!status.isFile()) refuse(named, 'a file', 'something else');
    if (status.size > LIMITS.picture_bytes) refuse(named, `at most ${LIMITS.picture_bytes} bytes`, `${status.size}`);
    const bytes = Buffer.alloc(status.size);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function refuse(where: string, expected: string, got: string, cause?: unknown): never {
  throw new TemperError('INPUT_INVALID', { where, expected, got, cause });
}
