import { packed } from '../../models/retrieval/vectors/item-vector.ts';
import type { Product } from '../../schemas/topics/events.ts';
import { type ItemVector, Modality } from '../../schemas/topics/vectors.ts';
import type { Report } from '../report.ts';
import { CONTENTS, type Content } from './contents.ts';
import type { Encoders } from './encoders.ts';
import { kept, missing, type Use } from './kept.ts';

export interface Enrichment {
  encoders: Encoders;
  use(modality: Modality): Use;
  /** The directory below which pictures and videos are. */
  media: string;
  report: Report;
}

/**
 * The vectors that each product's record is to hold. Only what is not held yet, of the same content by the same encoder,
 * is encoded; what can't be read or encoded is counted and noted, and its product goes without.
 *
 * @param held what its record holds now
 */
export async function vectorsOf(
  products: readonly Product[],
  held: (item: string) => readonly ItemVector[],
  enrichment: Enrichment,
): Promise<ItemVector[][]> {
  const byModality: ItemVector[][][] = [];
  for (const modality of Modality.options) byModality.push(await inModality(modality, products, held, enrichment));
  return products.map((_, row) => byModality.flatMap(rows => rows[row]!));
}

async function inModality(
  modality: Modality,
  products: readonly Product[],
  held: (item: string) => readonly ItemVector[],
  enrichment: Enrichment,
): Promise<ItemVector[][]> {
  const { encoders, report } = enrichment;
  const use = enrichment.use(modality);
  const contents: (Content | 'unreadable' | undefined)[] = [];
  for (const product of products) contents.push(await contentOf(modality, product, enrichment));
  const rows = products.map(({ item }, row) => {
    const before = held(item).filter(vector => vector.modality === modality);
    return [...kept(before, use, contents[row])];
  });
  const asked = rows.flatMap((stays, row) => {
    const content = missing(stays, use, contents[row]);
    return content ? [{ row, content }] : [];
  });
  report.count('cached', rows.filter(stays => stays.some(({ encoder }) => encoder === use.wanted)).length);
  if (asked.length === 0) return rows;

  const started = performance.now();
  const outcomes = await encoders.encode({ modality, values: asked.map(({ content }) => content.value) });
  report.time(`encode.${modality}`, (performance.now() - started) / asked.length);
  for (const [at, { row, content }] of asked.entries()) {
    const outcome = outcomes[at]!;
    if ('broken' in outcome) refuse(report, modality, products[row]!, outcome.broken);
    else {
      rows[row]!.push({ modality, encoder: use.wanted!, hash: content.hash, ...packed(outcome) });
      report.count('encoded');
      report.count(`encoded.${modality}`);
    }
  }
  return rows;
}

async function contentOf(
  modality: Modality,
  product: Product,
  { media, report }: Enrichment,
): Promise<Content | 'unreadable' | undefined> {
  try {
    return await CONTENTS[modality](product, media);
  } catch (error) {
    refuse(report, modality, product, error instanceof Error ? error.message : String(error));
    return 'unreadable';
  }
}

function refuse(report: Report, modality: Modality, { item }: Product, reason: string): void {
  report.count(`broken.${modality}`);
  report.note(`broken ${modality}`, `${item}: ${reason}`);
}
