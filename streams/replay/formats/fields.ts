import { LIMITS } from '../../../schemas/limits.ts';
import type { ProductInput } from '../../../schemas/topics/events.ts';
import { bareProduct } from '../step.ts';

/** What a file says of an item, under whatever names its shop has chosen. */
export type Fields = ReadonlyMap<string, unknown>;

/** The names under which shops tell what Temper's catalogue has a field for; all else goes to the attributes. */
const NAMES: Readonly<Record<string, keyof ProductInput>> = {
  ...{ title: 'title', name: 'title', description: 'description', category: 'category', categories: 'category' },
  ...{ brand: 'brand', price: 'price', currency: 'currency', available: 'available', availability: 'available' },
};

/** A product with these fields, over what was known of it before. A field of the wrong type is kept as an attribute. */
export function toProduct(item: string, at_ms: number, fields: Fields, before?: ProductInput): ProductInput {
  const product: ProductInput = { ...(before ?? bareProduct(item, at_ms)), at_ms };
  const attributes: Record<string, string> = { ...product.attributes };
  for (const [name, value] of fields) {
    if (value === null || value === undefined) continue;
    const known = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
    if (!known || !assign(product, known, value)) attribute(attributes, name, value);
  }
  return Object.keys(attributes).length > 0 ? { ...product, attributes } : product;
}

function assign(product: ProductInput, field: keyof ProductInput, value: unknown): boolean {
  const first = Array.isArray(value) ? value[0] : value;
  if (field === 'price' && typeof value === 'number' && value >= 0) product.price = value;
  else if (field === 'available' && typeof value === 'boolean') product.available = value;
  else if (typeof first !== 'string' || first === '') return false;
  else if (field === 'title') product.title = clip(first);
  else if (field === 'description') product.description = clip(first);
  else if (field === 'category' && first.length <= LIMITS.id_chars) product.category = first;
  else if (field === 'brand' && first.length <= LIMITS.id_chars) product.brand = first;
  else if (field === 'currency' && first.length <= LIMITS.id_chars) product.currency = first;
  else return false;
  return true;
}

/** Attributes beyond the limit are left out: a catalogue with a hundred of them is better than none. */
function attribute(attributes: Record<string, string>, name: string, value: unknown): void {
  const room = Object.hasOwn(attributes, name) || Object.keys(attributes).length < LIMITS.attributes_per_product;
  if (!room || name === '' || name.length > LIMITS.id_chars || name === '__proto__') return;
  attributes[name] = clip(
    typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value),
  );
}

function clip(text: string): string {
  return text.slice(0, LIMITS.text_chars);
}
