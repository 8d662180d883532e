import { createHash } from 'node:crypto';
import type { Product } from '../../schemas/topics/events.ts';
import type { SessionOptions } from '../graph/runtime.ts';
import { modelFile, readEncoder } from './encoder.ts';
import { readBytes } from './files/bytes.ts';
import { openTextEncoder, type TextEncoder } from './text.ts';

/** The most tokens of a product's text: what stands behind them says little more, and costs as much. */
const MAX_TOKENS = 128;
/** What is done to the vectors of tokens, in words that change when it does. */
const POOLING = 'mean, length 1';

/** The encoder of products' texts and of queries for them. */
export interface ProductEncoder extends TextEncoder {
  /** Its name, and 8 digits of the hash of what determines its vectors: those of another one can't be compared. */
  readonly id: string;
}

/**
 * @param place see `readEncoder`
 * @param name what it is called in its id
 * @throws MODEL_REFUSED
 */
export async function openProductEncoder(
  place: string,
  name: string,
  options: SessionOptions = {},
): Promise<ProductEncoder> {
  const encoder = await readEncoder(place);
  const hash = createHash('sha256').update(JSON.stringify([MAX_TOKENS, POOLING, encoder.prefixes]));
  for (const file of new Set([modelFile(place), encoder.tokenizerFile])) hash.update(await readBytes(file));
  const opened = await openTextEncoder(encoder, { ...options, maxTokens: MAX_TOKENS });
  return { ...opened, id: `${name}@${hash.digest('hex').slice(0, 8)}` };
}

/** What of a product is read: what says most comes first, since a long text loses its end. */
export function productText({ title, brand, category, attributes = {}, description }: Product): string {
  const facts = Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}: ${value}`);
  return [title, brand, category, facts.join(', '), description].filter(Boolean).join('. ');
}
