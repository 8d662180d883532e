import type { Evidence } from '../../models/evaluate/evidence/evidence.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';

/** Scorers take over what was rebuilt while they serve, which takes them some minutes of a large shop. */
export const TAKEOVER_MS = 600_000;
/** A check reads the archive later than the last list that it is about came in, by so much at the most. */
const READING_MS = 180_000;

/**
 * What the checks of features found since a time, of features as they are declared today. Not counted are checks that a
 * rebuild has overtaken: made after an erasure took events from the archive, and before the rebuild behind it served. The
 * values with which they disagree were right when their lists were made, and nobody can tell them from wrong ones.
 */
export async function agreementSince(
  store: RowStore,
  { from_ms, features_version }: { from_ms: number; features_version: string },
): Promise<NonNullable<Evidence['consistency']>> {
  const [found] = await store.query<Record<'compared' | 'different' | 'checks', string>>(
    `WITH (SELECT groupArray((since, served)) FROM (
       SELECT e.at AS since, min(r.at) AS served FROM erasure_deeds AS e CROSS JOIN (SELECT * FROM rebuilds FINAL) AS r
       WHERE e.kind = 'rows' AND e.name IN ('events', 'events.target') AND r.began >= e.at
       GROUP BY since HAVING served >= fromUnixTimestamp64Milli({from_ms:Int64}) - INTERVAL ${TAKEOVER_MS} MILLISECOND)) AS gaps,
     checked AS (SELECT until, arrayExists(gap ->
         until >= gap.1 - INTERVAL ${READING_MS} MILLISECOND AND from <= gap.2 + INTERVAL ${TAKEOVER_MS} MILLISECOND, gaps)
         AS overtaken
       FROM feature_comparisons FINAL
       WHERE features_version = {features_version:String} AND until >= fromUnixTimestamp64Milli({from_ms:Int64}))
     SELECT sumIf(compared, NOT overtaken) AS compared, sumIf(different, NOT overtaken) AS different,
       uniqExactIf(until, overtaken) AS checks
     FROM (SELECT * FROM feature_consistency FINAL) AS c INNER JOIN checked USING until`,
    { from_ms, features_version },
  );
  const { compared, different, checks } = found ?? {};
  return { compared: Number(compared ?? 0), different: Number(different ?? 0), overtaken: Number(checks ?? 0) };
}
