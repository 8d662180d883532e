import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { readPicture } from '../../streams/enrich/media.ts';
import { WITHIN } from '../reads/clicks.ts';

/** Small pictures that are kept: 5 KB or so each. */
const KEPT = 2_000;
export const SIDE = 224;

export type Thumbnail = (picture: Uint8Array, side: number) => Promise<Buffer<ArrayBuffer>>;

/**
 * Pictures of products, small. What is sent was decoded and written anew: nothing of a hostile file gets into a browser.
 *
 * @param media the directory below which they are: what leads out of it, by a link too, is none
 */
export function picturesIn(media: string, store: RowStore, thumbnail: Thumbnail) {
  const kept = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  const make = async (place: string) =>
    thumbnail(await readPicture(media, place).catch(cause => none(place, cause)), SIDE);
  return async (item: string): Promise<Uint8Array<ArrayBuffer>> => {
    const place = await placeOf(store, item);
    let picture = kept.get(place);
    if (!picture) {
      picture = make(place);
      kept.set(place, picture);
      picture.catch(() => kept.delete(place));
      if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    }
    return await picture;
  };
}

async function placeOf(store: RowStore, item: string): Promise<string> {
  const rows = await store.query<{ image: string }>(
    `SELECT image FROM catalogue FINAL WHERE item = {item:String} AND NOT withdrawn ${WITHIN}`,
    { item: item.slice(0, LIMITS.id_chars) },
  );
  return rows[0]?.image || none(item);
}

function none(got: string, cause?: unknown): never {
  throw new TemperError('NOT_FOUND', { where: 'the pictures of products', got: got.slice(0, LIMITS.id_chars), cause });
}
