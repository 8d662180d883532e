import { coverage, diversity, exposureGini, novelty } from '../../models/evaluate/beyond-accuracy.ts';
import type { Store } from '../../schemas/clickhouse.ts';

/** What lists are like, apart from how good they are; null where there are none. */
export interface ListFigures {
  coverage: number | null;
  novelty_bits: number | null;
  diversity: number | null;
  exposure_gini: number | null;
}

interface Shop {
  /** Place in the catalogue, by item. */
  places: ReadonlyMap<string, number>;
  categories: readonly string[];
  clicks: Float64Array;
}

/** The figures of the lists of a model, and of those by popularity for the control group, as far as they are archived. */
export async function beyondAccuracy(
  store: Store,
  model: string,
): Promise<{ champion: ListFigures; popularity: ListFigures }> {
  const shop = await readShop(store);
  const shown = async (which: string) => {
    const lists = await store.query<{ items: string[] }>(`SELECT items FROM ranked_lists FINAL WHERE ${which}`, {
      model,
    });
    return figures(
      lists.map(({ items }) => items.flatMap(item => shop.places.get(item) ?? [])),
      shop,
    );
  };
  return {
    champion: await shown("arm = 'champion' AND model = {model:String}"),
    popularity: await shown("arm = 'control'"),
  };
}

async function readShop(store: Store): Promise<Shop> {
  const rows = await store.query<{ item: string; category: string; clicks: string }>(
    `SELECT item, category, clicks FROM (SELECT item, category FROM catalogue FINAL WHERE NOT withdrawn) AS products
     LEFT JOIN (SELECT item, uniqExact(id) AS clicks FROM events WHERE type = 'click' GROUP BY item) AS clicked USING item`,
  );
  return {
    places: new Map(rows.map(({ item }, place) => [item, place])),
    categories: rows.map(({ category }) => category),
    clicks: Float64Array.from(rows, ({ clicks }) => Number(clicks)),
  };
}

function figures(lists: readonly (readonly number[])[], { categories, clicks }: Shop): ListFigures {
  const isAlike = (a: number, b: number) => Number(categories[a] === categories[b]);
  return {
    coverage: coverage(lists, categories.length),
    novelty_bits: novelty(lists, clicks),
    diversity: diversity(lists, isAlike),
    exposure_gini: exposureGini(lists, categories.length),
  };
}
