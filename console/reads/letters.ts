import type { RowStore } from '../../schemas/clickhouse.ts';
import { DeadLetter } from '../../schemas/topics/operations.ts';
import type { Letter, LettersPage } from '../api.ts';
import type { LettersQuery } from '../server/pages.ts';
import { WITHIN } from './clicks.ts';

const MOST = 50;
const SHOWN_CHARS = 2_000;

type Row = Omit<Letter, 'at_ms'> & { at_ms: string };

/** What was refused, the newest first, and how much of it for which reasons. */
export async function letters(store: RowStore, { topic, reason, before_ms }: LettersQuery): Promise<LettersPage> {
  const reasons = await store.query<{ topic: string; reason: string; count: string }>(
    `SELECT source_topic AS topic, reason, count() AS count FROM dead_letters FINAL
     GROUP BY topic, reason ORDER BY count DESC LIMIT 50 ${WITHIN}`,
  );
  const rows = await store.query<Row>(
    `SELECT id, toUnixTimestamp64Milli(at) AS at_ms, reason, detail, source_topic AS topic,
       source_partition AS partition, toString(source_offset) AS offset, key, value, truncated
     FROM dead_letters FINAL
     WHERE at < fromUnixTimestamp64Milli({before_ms:Int64})
       ${topic === undefined ? '' : 'AND source_topic = {topic:String}'}
       ${reason === undefined ? '' : 'AND reason = {reason:String}'}
     ORDER BY at DESC LIMIT {most:UInt32} ${WITHIN}`,
    { topic: topic ?? '', reason: reason ?? '', before_ms: before_ms ?? 8_640_000_000_000, most: MOST },
  );
  return {
    total: reasons.reduce((sum, { count }) => sum + Number(count), 0),
    reasons: reasons.map(row => ({ ...row, count: Number(row.count) })),
    letters: rows.map(row => ({ ...row, at_ms: Number(row.at_ms), value: textOf(row.value) })),
  };
}

export const REASONS: readonly string[] = DeadLetter.shape.reason.options;

/** The bytes as text; what is no text becomes U+FFFD, and control characters too. */
function textOf(base64: string | null): string | null {
  if (base64 === null) return null;
  const text = Buffer.from(base64.slice(0, 4 * SHOWN_CHARS), 'base64')
    .toString('utf8')
    .slice(0, SHOWN_CHARS);
  return text.replace(/[\p{Cc}\p{Cf}]/gu, each => (each === '\n' || each === '\t' ? each : '\ufffd'));
}
