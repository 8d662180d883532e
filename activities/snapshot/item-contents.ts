import type { Dataset } from '../../models/ranker/dataset/dataset.ts';
import type { Contents } from '../../models/ranker/model.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { Modality } from '../../schemas/topics/vectors.ts';

interface Encoder {
  modality: Modality;
  encoder: string;
  width: number;
}

/** Of each modality the vectors of the encoder that has made the most of them: while one is replaced, the one that was. */
export async function contentsOf(store: RowStore, items: readonly string[]): Promise<Dataset['contents']> {
  const places = new Map(items.map((item, place) => [item, place]));
  const contents: Dataset['contents'] = {};
  for (const modality of Modality.options) {
    const [encoder] = await store.query<Encoder>(
      `SELECT modality, encoder, toUInt32(any(length(values))) AS width
       FROM item_vectors FINAL WHERE modality = {modality:String}
       GROUP BY modality, encoder ORDER BY count() DESC, encoder LIMIT 1`,
      { modality },
    );
    if (encoder) contents[modality] = await read(store, encoder, places);
  }
  return contents;
}

async function read(
  store: RowStore,
  { modality, encoder, width }: Encoder,
  places: ReadonlyMap<string, number>,
): Promise<Contents> {
  const vectors = new Float32Array(places.size * width);
  const present = new Uint8Array(places.size);
  const rows = store.stream<{ item: string; values: number[] }>(
    `SELECT item, values FROM item_vectors FINAL
     WHERE modality = {modality:String} AND encoder = {encoder:String} AND length(values) = {width:UInt32}`,
    { modality, encoder, width },
  );
  for await (const some of rows) {
    for (const { item, values } of some) {
      const place = places.get(item);
      if (place === undefined) continue;
      vectors.set(values, place * width);
      present[place] = 1;
    }
  }
  return { encoder, width, vectors, present };
}
