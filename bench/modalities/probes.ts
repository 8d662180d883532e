import { trainHead } from '../../models/images/head.ts';
import type { Contents } from '../../models/ranker/model.ts';
import type { Item } from '../../test/sim/items.ts';

/** Of each modality, what may be told from its vectors alone. */
const FACETS = ['category', 'occasion', 'pattern', 'accent', 'lining'] as const;
type Facet = (typeof FACETS)[number];
const LEARNED = 0.7;
const L2 = 1e-3;

export interface Probe {
  /** The share of held-out items whose facet a linear head finds. */
  accuracy: number;
  /** The share of the most frequent value. */
  chance: number;
}

export type Probes = Record<string, Record<Facet, Probe>>;

/** Whether the vectors carry what users like: a linear head for each facet, learned from the first 70 % of the items. */
export async function probe(items: readonly Item[], contents: Readonly<Record<string, Contents>>): Promise<Probes> {
  const found: Probes = {};
  for (const [modality, each] of Object.entries(contents)) {
    const probes: [Facet, Probe][] = [];
    for (const facet of FACETS) probes.push([facet, await probeFacet(items, each, facet)]);
    found[modality] = Object.fromEntries(probes) as Record<Facet, Probe>;
  }
  return found;
}

async function probeFacet(items: readonly Item[], { vectors, width, present }: Contents, facet: Facet): Promise<Probe> {
  const names = [...new Set(items.map(item => item[facet]))];
  const places = [...items.keys()].filter(place => present[place]);
  const cut = Math.round(LEARNED * places.length);
  const part = (some: readonly number[]) => ({
    vectors: Float32Array.from(some.flatMap(place => [...vectors.subarray(place * width, (place + 1) * width)])),
    frames: 1,
    width,
    labels: Int32Array.from(some, place => names.indexOf(items[place]![facet])),
    classes: names.length,
  });
  const [learned, held] = [part(places.slice(0, cut)), part(places.slice(cut))];
  const head = await trainHead(learned, { l2: L2 });
  const classes = await head.classes(held);
  await head.release();
  const counts = names.map((_, label) => held.labels.filter(each => each === label).length);
  return {
    accuracy: classes.filter((label, row) => label === held.labels[row]).length / classes.length,
    chance: Math.max(...counts) / classes.length,
  };
}
