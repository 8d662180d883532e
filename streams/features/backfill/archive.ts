import type { Entity } from '../../../models/features/aggregates/declarations.ts';
import { BEHIND, sqlOfKeys } from '../../../models/features/sql/rebuild.ts';
import type { BackfillPart } from '../../../schemas/backfills.ts';
import type { Store } from '../../../schemas/clickhouse.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { EVENT_COLUMNS, nextEvent } from '../../import/examples/slices.ts';
import { RowReader } from '../../row-binary.ts';
import { standing } from '../../sinks/standing.ts';
import { surely } from '../../surely.ts';
import type { Archived } from './rebuild.ts';

/** Some 4 MB of events, which ClickHouse is asked for at once. */
export const EVENTS_READ_AT_ONCE = 20_000;
const EVENTS_AT_ONCE = 100;
const TOPIC = 'shop.events';
/** As `someOf` reads them. */
export const ARCHIVED_COLUMNS = `${EVENT_COLUMNS}, toInt64(offset), toUnixTimestamp64Milli(recorded)`;

/** A stretch of a source partition: all of its events up to an offset, in their order. */
export interface Stretch {
  events: Archived[];
  to: number;
}

/**
 * The archived events of a source partition below an offset.
 *
 * @throws TIMED_OUT where not all of them are archived yet: ask again
 */
export async function* archivedEvents(store: Store, partition: number, until: number): AsyncGenerator<Stretch> {
  const archived = (await surely(() => standing(store, TOPIC, partition))) ?? 0;
  if (archived < until) {
    throw new TemperError('TIMED_OUT', {
      where: `the archive of ${TOPIC}/${partition}`,
      expected: `all events below ${until}`,
      got: `those below ${archived}`,
      next: 'Does the job `sinks` run?',
    });
  }
  let from = await firstOf(store, partition);
  while (from < until) {
    const to = Math.min(until, from + EVENTS_READ_AT_ONCE);
    const sql = `SELECT ${ARCHIVED_COLUMNS} FROM events
      WHERE topic = '${TOPIC}' AND partition = {partition:UInt16} AND offset >= {from:UInt64} AND offset < {to:UInt64}
      ORDER BY offset LIMIT 1 BY offset ${BEHIND} FORMAT RowBinary`;
    const params = { partition, from, to };
    const rows = new RowReader(await surely(() => store.bytes(sql, params)));
    do {
      const events = someOf(rows);
      yield { events, to: rows.ended ? to : events.at(-1)!.offset + 1 };
    } while (!rows.ended);
    from = to;
  }
}

/** So many that reducers work for some milliseconds. */
export function someOf(rows: RowReader): Archived[] {
  const events: Archived[] = [];
  while (!rows.ended && events.length < EVENTS_AT_ONCE) {
    events.push({ event: nextEvent(rows), offset: rows.int64(), recorded_ms: rows.int64() });
  }
  return events;
}

/** The values of a key as of its newest event, by the declared SQL; and `ties`, which of them two events of one moment decide. */
export interface ArchivedValues {
  key: string;
  as_of: number;
  ties: readonly string[];
  [feature: string]: unknown;
}

/** Of a partition's keys a sample, with their values by the archived events below the rebuild's offsets. */
export async function archivedValues(
  store: Store,
  { entity, partition, position }: Pick<BackfillPart, 'entity' | 'partition' | 'position'>,
  { keys, partitions }: { keys: number; partitions: number },
): Promise<ArchivedValues[]> {
  const next = new Map(position.until);
  const until = Array.from({ length: partitions }, (_, source) => next.get(source) ?? 0);
  const { imports } = position;
  const sql = `${sqlOfKeys(entity satisfies Entity)}\n${BEHIND}, output_format_json_quote_64bit_integers = 0`;
  return surely(() => store.query<ArchivedValues>(sql, { partition, partitions, keys, until, imports }));
}

async function firstOf(store: Store, partition: number): Promise<number> {
  const [row] = await surely(() =>
    store.query<{ first: string }>(
      `SELECT min(offset) AS first FROM events WHERE topic = '${TOPIC}' AND partition = {partition:UInt16} ${BEHIND}`,
      { partition },
    ),
  );
  return Number(row?.first ?? 0);
}
