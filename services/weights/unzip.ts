import { unzipSync } from 'fflate';

/** The files of a zip archive that are wanted, by their names in it. */
export function unzip(
  archive: Uint8Array,
  isWanted: (name: string, bytes: number) => boolean,
): Record<string, Uint8Array> {
  return unzipSync(archive, { filter: ({ name, originalSize }) => isWanted(name, originalSize) });
}
