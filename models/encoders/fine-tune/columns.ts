import type { SequenceColumn } from '../../graph/training/batches.ts';
import type { Encoder, Role } from '../encoder.ts';
import type { Pair } from './pairs.ts';

export type PairColumns = Record<'query_ids' | 'query_mask' | 'text_ids' | 'text_mask', SequenceColumn>;

/** Texts that are made tokens at once. */
const CHUNK = 256;

/** The tokens of pairs, row by row, as a training graph is fed with them. */
export function columnsOf(encoder: Encoder, pairs: readonly Pair[], maxTokens: number): PairColumns {
  const queries = tokensOf(
    encoder,
    pairs.map(({ query }) => query),
    'query',
    maxTokens,
  );
  const texts = tokensOf(
    encoder,
    pairs.map(({ text }) => text),
    'passage',
    maxTokens,
  );
  return { query_ids: queries.ids, query_mask: queries.mask, text_ids: texts.ids, text_mask: texts.mask };
}

/** The tokens of texts, row by row. */
export function tokensOf(
  { tokenizer, prefixes }: Encoder,
  texts: readonly string[],
  role: Role,
  maxTokens: number,
): { ids: SequenceColumn; mask: SequenceColumn } {
  const rows: BigInt64Array[] = [];
  for (let from = 0; from < texts.length; from += CHUNK) {
    const chunk = texts.slice(from, from + CHUNK).map(text => prefixes[role] + text);
    const { ids, mask, length } = tokenizer.encode(chunk, { maxTokens });
    for (let row = 0; row < chunk.length; row++) {
      const end = mask.subarray(row * length, (row + 1) * length).lastIndexOf(1n) + 1;
      rows.push(ids.slice(row * length, row * length + end));
    }
  }
  const starts = new Uint32Array(rows.length + 1);
  for (const [row, ids] of rows.entries()) starts[row + 1] = starts[row]! + ids.length;
  const data = new BigInt64Array(starts.at(-1)!);
  for (const [row, ids] of rows.entries()) data.set(ids, starts[row]);
  return { ids: { data, starts }, mask: { data: new BigInt64Array(data.length).fill(1n), starts } };
}
