import type { ContentSpecs } from '../../schemas/models/models.ts';
import { Modality } from '../../schemas/topics/vectors.ts';
import type { RankerBatch } from '../ranker/model.ts';
import type { Standard } from '../ranker/ranker.ts';
import type { Whitenings } from './whitening.ts';

/** By what an item is known: who it is, and what it is made of. */
export const MODALITIES = ['id', ...Modality.options] as const;
export type ItemModality = (typeof MODALITIES)[number];

/** What is predicted of a pair, and what each counts in the loss. The first is the score. */
export const HEADS = [
  { name: 'click', label: 'clicked', weight: 1 },
  { name: 'cart', label: 'carted', weight: 0.3 },
  { name: 'purchase', label: 'purchased', weight: 0.3 },
  { name: 'dismiss', label: 'dismissed', weight: 0.3 },
] as const;

/** The size of a fusion ranker. */
export interface FusionShape {
  readonly features: number;
  /** Of the perceptron that sees features and likenesses. */
  readonly hidden: readonly number[];
  /** How many positions the side tower tells apart. */
  readonly positions: number;
  /** K, of the vectors that are learned by id. */
  readonly width: number;
  /** Items with a vector of their own, learned by their ids; 0 where ids are not read. */
  readonly items: number;
  /** The width of what comes in, by modality. */
  readonly contents: Partial<Record<Modality, number>>;
}

/** What training looks at before it begins, and does not change. */
export interface Constants {
  standard: Standard;
  whitenings: Whitenings;
}

/** By how many modalities items are known. */
export function modalitiesOf(shape: Pick<FusionShape, 'items' | 'contents'>): number {
  return Number(shape.items > 0) + contentsOf(shape).length;
}

/** The modalities of a shape whose vectors come from outside, in their order. */
export function contentsOf({ contents }: Pick<FusionShape, 'contents'>): [modality: Modality, width: number][] {
  return Modality.options.flatMap(modality => {
    const width = contents[modality];
    return width === undefined ? [] : [[modality, width] as [Modality, number]];
  });
}

/** Of a modality that fewer of the rows have, too little would be learned for items that get it later. */
const LEAST_SHARE = 0.05;

/** What of a batch's contents there is to learn from, of the given modalities. */
export function specsOf({ contents, item, rows }: RankerBatch, modalities: readonly ItemModality[]): ContentSpecs {
  const specs: ContentSpecs = {};
  for (const modality of Modality.options) {
    const content = contents[modality];
    if (!content || !modalities.includes(modality)) continue;
    const having = item.reduce((sum, each) => sum + content.present[each]!, 0);
    if (having >= LEAST_SHARE * rows) specs[modality] = { encoder: content.encoder, width: content.width };
  }
  return specs;
}

export function widthsOf(specs: ContentSpecs): FusionShape['contents'] {
  return Object.fromEntries(Object.entries(specs).map(([modality, { width }]) => [modality, width]));
}

/** The batch with those of its contents alone that a ranker of these specs can read. */
export function readable<B extends RankerBatch>(batch: B, specs: ContentSpecs): B {
  const contents = Object.entries(batch.contents).filter(([modality, { encoder, width }]) => {
    const spec = specs[modality as Modality];
    return spec?.encoder === encoder && spec.width === width;
  });
  return { ...batch, contents: Object.fromEntries(contents) };
}
