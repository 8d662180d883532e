import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { TemperError } from '../../../schemas/errors.ts';
import { unzip } from '../../../services/weights/unzip.ts';

/** The texts of a product, by field. */
export interface ProductTexts {
  title: string;
  /** What the maker calls it, often a model's code. */
  name: string;
  brand: string;
  description: string;
  attributes: string;
}

export interface CatalogueProduct extends ProductTexts {
  id: string;
  /** Values of attributes by their names; nothing where the name says it all. */
  facts: Record<string, string>;
  /** Values of attributes that are texts, but the one that says what the product is. */
  values: string[];
}

/** The text that stands for a product where it becomes a vector. */
export function textOf({ title, description }: ProductTexts): string {
  return `${title}. ${description}`;
}

const WHAT_IT_IS = 'attr_t_product_type';

const Product = z
  .object({
    id: z.string().min(1),
    title: z.string(),
    name: z.string().default(''),
    supplier: z.string().default(''),
    short_description: z.string().default(''),
  })
  .catchall(z.unknown());

/**
 * Reads the products of a directory: `*.json`, each an array of products, as they are or in zip archives.
 *
 * @throws INPUT_INVALID where there are none, or one is not what is expected
 */
export function readCatalogue(directory: string): CatalogueProduct[] {
  const products = filesIn(directory)
    .sort()
    .flatMap(file => jsonFiles(path.join(directory, file)))
    .flatMap(({ where, text }) => parse(where, text));
  if (products.length > 0) return products;
  throw new TemperError('INPUT_INVALID', { where: directory, expected: '*.json or *.zip with products', got: 'none' });
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: directory, expected: 'a directory with products', cause });
  }
}

function jsonFiles(file: string): { where: string; text: string }[] {
  if (file.endsWith('.json')) return [{ where: file, text: readFileSync(file, 'utf8') }];
  if (!file.endsWith('.zip')) return [];
  const inside = unzip(readFileSync(file), name => name.endsWith('.json'));
  return Object.entries(inside).map(([name, bytes]) => ({
    where: `${file}/${name}`,
    text: Buffer.from(bytes).toString('utf8'),
  }));
}

function parse(where: string, text: string): CatalogueProduct[] {
  try {
    return z.array(Product).parse(JSON.parse(text)).map(asWords);
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where, expected: 'an array of products with id and title', cause });
  }
}

function asWords(product: z.infer<typeof Product>): CatalogueProduct {
  const { id, title, name, supplier: brand, short_description: description } = product;
  const facts = Object.fromEntries(Object.entries(product).flatMap(([key, value]) => attributeOf(key, value)));
  const attributes = Object.entries(facts).map(fact => fact.join(' ').trim());
  const values = Object.entries(product)
    .filter(([key]) => key.startsWith('attr_t_') && key !== WHAT_IT_IS)
    .map(([, value]) => String(value));
  return { id, title, name, brand, description, attributes: attributes.join(' ; '), facts, values };
}

/** `attr_t_*` is a text, `attr_n_*` a number, `attr_b_*` a flag, whose name alone is a word where it is set. */
function attributeOf(key: string, value: unknown): [name: string, value: string][] {
  const [, kind, name] = /^attr_([tnb])_(.+)$/.exec(key) ?? [];
  if (kind === undefined) return [];
  const words = name!.replaceAll('_', ' ');
  if (kind === 'b') return value === true || value === 'true' || value === 1 ? [[words, '']] : [];
  return [[words, String(value)]];
}
