import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { Signature } from '../signature.ts';
import { Consent } from './consent.ts';

export const id = z.string().min(1).max(LIMITS.id_chars);
export const at_ms = z.int().positive();
const text = z.string().max(LIMITS.text_chars);
/** Relative, and never out of its directory. */
const mediaPath = z
  .string()
  .min(1)
  .max(LIMITS.path_chars)
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\\0]+$/, 'expected a relative path without ..');

const envelope = {
  v: z.literal(1),
  /** Unique for ever: by it a duplicate is seen. */
  id,
  /** When it happened, by the shop's clock. */
  at_ms,
  user: id,
  session: id,
};
const deed = { ...envelope, consent: Consent.optional() };

/** The list on which the user acted, and where on it the item stood (0 = top). */
const onList = { list: id.optional(), position: z.int().nonnegative().max(LIMITS.items_per_list).optional() };
const onItem = {
  ...deed,
  item: id,
  ...onList,
  surface: id.optional(),
  /** What was typed, where the list answers a search. */
  query: z.string().min(1).max(LIMITS.query_chars).optional(),
};

/** What is followed: another user, where nothing is said, or a brand. */
const whom = z.enum(['user', 'brand']);

/** One envelope, a kind per thing that users do. */
const DEEDS = [
  z.object({
    ...onItem,
    type: z.literal('impression'),
    list: id,
    position: z.int().nonnegative().max(LIMITS.items_per_list),
  }),
  z.object({ ...onItem, type: z.literal('view') }),
  z.object({ ...onItem, type: z.literal('click') }),
  z.object({ ...onItem, type: z.literal('cart') }),
  z.object({
    ...onItem,
    type: z.literal('purchase'),
    value: z.number().nonnegative().optional(),
    currency: id.optional(),
  }),
  z.object({ ...onItem, type: z.literal('return') }),
  z.object({ ...onItem, type: z.literal('dismiss') }),
  z.object({ ...onItem, type: z.literal('rating'), value: z.number().min(0).max(5) }),
  // With whom, where the shop knows it.
  z.object({ ...onItem, type: z.literal('share'), to: id.optional() }),
  z.object({ ...deed, type: z.literal('follow'), value: id, whom: whom.optional() }),
  z.object({
    ...deed,
    type: z.literal('search'),
    query: z.string().min(1).max(LIMITS.query_chars),
    list: id.optional(),
  }),
  z.object({ ...deed, type: z.literal('question'), text: text.min(1) }),
  // How good an answer was: that of `support.answers` with this id.
  z.object({ ...deed, type: z.literal('feedback'), answer: id, value: z.number().min(0).max(5) }),
] as const;

const Unfollow = z.object({ ...deed, type: z.literal('unfollow'), value: id, whom: whom.optional() });

/** As `temper erase` names it: by who is erased, in a hash, and when. What somebody else makes up is not taken for one. */
const isNamed = ({ id, session }: { id: string; session: string }) =>
  id === session && /^erasure-[0-9a-f]{32}-\d+$/.test(id);

/**
 * Temper's own: what is known of the user ends here, and what comes behind it begins anew. Who reads it holds it to its
 * signature: see models/privacy/signed-erasure.ts.
 */
const Erasure = z
  .object({ ...envelope, type: z.literal('erasure'), signature: Signature, consent: z.never().optional() })
  .refine(isNamed, "expected an erasure by `temper erase`: it is not the shop's to send");

/** What users do, as a shop publishes it to `raw.events`. */
export const UserDeed = z.discriminatedUnion('type', [...DEEDS, Unfollow]);

/** What stands in `shop.events`: what users do, and where one of them was erased. */
export const ShopEvent = z.discriminatedUnion('type', [...DEEDS, Erasure, Unfollow]);
export type ShopEvent = z.infer<typeof ShopEvent>;
export type EventType = ShopEvent['type'];
/** Logs name a type by its place here: new ones stand at the end. */
export const EVENT_TYPES: readonly EventType[] = ShopEvent.options.map(option => option.shape.type.value);

/** Whom an event is about beside its user, as features and the archive name him; a brand is `brand/` and its name. */
export function targetOf(event: ShopEvent): string | undefined {
  switch (event.type) {
    case 'follow':
    case 'unfollow':
      return event.whom === 'brand' ? brandTarget(event.value) : event.value;
    case 'share':
      return event.to;
    default:
      return undefined;
  }
}

export const brandTarget = (brand: string): string => `brand/${brand}`;

/** What of an event its target was made from, where that is all that is archived of it. */
export function fieldsOf(type: string, target: string): object {
  if (type === 'share') return { to: target };
  const brand = brandTarget('');
  return target.startsWith(brand) ? { value: target.slice(brand.length), whom: 'brand' } : { value: target };
}

/** What a shop publishes to `shop.catalogue`, keyed by item; a tombstone withdraws the product. */
export const Product = z.object({
  v: z.literal(1),
  item: id,
  at_ms,
  title: text,
  description: text.optional(),
  category: id,
  brand: id.optional(),
  price: z.number().nonnegative().optional(),
  currency: id.optional(),
  available: z.boolean().default(true),
  /** A picture, and a video (a file, or a directory of pictures in their order), by their places below TEMPER_MEDIA. */
  image: mediaPath.optional(),
  video: mediaPath.optional(),
  attributes: z
    .record(id, text)
    .refine(map => Object.keys(map).length <= LIMITS.attributes_per_product, 'too many attributes')
    .optional(),
});
export type Product = z.infer<typeof Product>;
/** A product before the defaults are filled in: what a shop has to write. */
export type ProductInput = z.input<typeof Product>;
