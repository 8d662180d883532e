import type { ItemVector } from '../../schemas/topics/vectors.ts';
import type { Content } from './contents.ts';

/** The encoders of one modality. */
export interface Use {
  /** The one that is to be used: `none` where there is to be none; nothing where it is not on this machine yet. */
  wanted: string | undefined;
  /** The one whose vectors readers use now. */
  active: string | undefined;
}

/**
 * Of a product's vectors in one modality, those that its record goes on to hold: the wanted encoder's, as long as the
 * content is the same, and until that one is in use, the active one's. Where the wanted one is not there or the content
 * can't be read, all stay: they may be all there will be.
 *
 * @param content nothing, where the product has none of this modality
 */
export function kept(
  held: readonly ItemVector[],
  { wanted, active }: Use,
  content: Content | 'unreadable' | undefined,
): readonly ItemVector[] {
  if (content === undefined || wanted === 'none') return [];
  if (content === 'unreadable' || wanted === undefined) return held;
  return held.filter(({ encoder, hash }) => (encoder === wanted ? hash === content.hash : encoder === active));
}

/** What the wanted encoder has to encode, if it has to. */
export function missing(
  stays: readonly ItemVector[],
  { wanted }: Use,
  content: Content | 'unreadable' | undefined,
): Content | undefined {
  if (content === undefined || content === 'unreadable' || wanted === undefined || wanted === 'none') return undefined;
  return stays.some(({ encoder }) => encoder === wanted) ? undefined : content;
}
