import type { RowStore } from '../../schemas/clickhouse.ts';
import { type Erasing, type Remain, USER_TABLES, type UserTable } from '../../schemas/erasures.ts';
import { deleteRows, emptyColumn } from './deletion.ts';
import { noteDeeds } from './record.ts';
import { namesOf, usersOf } from './subject.ts';
import { noteTraces } from './traces.ts';

const TABLES = Object.keys(USER_TABLES) as UserTable[];

/**
 * Deletes a user's rows from all tables: parts are written anew without them, and each statement waits for that. What is
 * deleted is noted before.
 */
export async function eraseRows(store: RowStore, erasing: Erasing): Promise<void> {
  await namesOf(store, erasing.erasure);
  await noteTraces(store, erasing);
  for (const table of TABLES) {
    const theirs = whose(table, erasing);
    const count = await countOf(store, table, theirs);
    if (count === 0) continue;
    await noteDeeds(store, erasing.erasure, 'rows', [table], count);
    await keepPlace(store, table);
    await deleteRows(store, table, theirs, erasing.erasure);
  }
  for (const [table, column, where] of namedBeside(erasing)) {
    const count = await countOf(store, table, where);
    if (count === 0) continue;
    await noteDeeds(store, erasing.erasure, 'rows', [`${table}.${column}`], count);
    await emptyColumn(store, table, column, where, erasing.erasure);
  }
}

/**
 * Columns that may name them in rows that stay, and which of these. That somebody follows them, or shared something with
 * them, is somebody else's deed: it does not say with whom any more. A check of features names a list by which a difference
 * was seen; whose it was nobody knows once lists are deleted, and a check under way may write it then, so that none is
 * named any more.
 */
function namedBeside({ erasure, until_ms }: Erasing): [table: 'events' | 'feature_consistency', string, string][] {
  const users = usersOf(erasure);
  const isOpen = `(SELECT count() FROM erasures_open WHERE erasure = '${erasure}') > 0`;
  return [
    ['events', 'target', `target IN ${users} AND user NOT IN ${users} AND ${recordedUntil(until_ms)}`],
    ['feature_consistency', 'list', `list != '' AND until <= ${timeOf(until_ms)} AND ${isOpen}`],
  ];
}

/** The rows that are there: raw ones, whether they still count or wait to be merged away. */
export async function scanRows(store: RowStore, erasing: Erasing): Promise<Remain[]> {
  const remains: Remain[] = [];
  for (const table of TABLES) {
    const count = await countOf(store, table, whose(table, erasing));
    if (count > 0) remains.push({ where: `ClickHouse ${table}`, count, expires_ms: null });
  }
  for (const [table, column, where] of namedBeside(erasing)) {
    const count = await countOf(store, table, where);
    if (count > 0) remains.push({ where: `ClickHouse ${table}.${column}`, count, expires_ms: null });
  }
  return [...remains, ...(await landed(store, erasing))];
}

/** An import that was broken off leaves rows as they came: whoever goes on with it brings them back. */
async function landed(store: RowStore, { erasure }: Erasing): Promise<Remain[]> {
  const tables = await store.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'landing_') ORDER BY name",
  );
  const remains: Remain[] = [];
  for (const { name } of tables) {
    const theirs = `user IN ${usersOf(erasure)} OR multiSearchAny(raw, ${quotedOf(erasure)})`;
    const [row] = await store.query<{ n: string }>(`SELECT count() AS n FROM ${name} WHERE ${theirs}`);
    const count = Number(row!.n);
    const where = `ClickHouse ${name}, of an import that has not ended`;
    if (count > 0) remains.push({ where, count, expires_ms: null });
  }
  return remains;
}

const quotedOf = (erasure: string): string =>
  `(SELECT groupUniqArray(quoted) FROM erasures_open WHERE erasure = '${erasure}')`;

/** A sink begins behind the greatest offset in its table: if the last row is a user's, something else has to tell of it. */
async function keepPlace(store: RowStore, table: UserTable): Promise<void> {
  const topic = USER_TABLES[table];
  await store.command(
    `INSERT INTO sink_progress (topic, partition, next, at)
     SELECT topic, partition, max(offset) + 1, now64(3) FROM ${table} WHERE topic = '${topic}' GROUP BY topic, partition`,
  );
}

async function countOf(store: RowStore, table: string, where: string): Promise<number> {
  const [row] = await store.query<{ n: string }>(`SELECT count() AS n FROM ${table} WHERE ${where}`);
  return Number(row!.n);
}

/** By the broker's time of what a row was made from: states were made of events, and may have been on their way. */
function whose(table: UserTable, { erasure, until_ms, forgotten_ms = until_ms }: Erasing): string {
  const last_ms = table === 'user_features' ? forgotten_ms : until_ms;
  const users = usersOf(erasure);
  const quoted = quotedOf(erasure);
  const inLetters = ['detail', "tryBase64Decode(ifNull(value, ''))"].map(text => `multiSearchAny(${text}, ${quoted})`);
  const isTheirs = table === 'dead_letters' ? `(key IN ${users} OR ${inLetters.join(' OR ')})` : `user IN ${users}`;
  return `${isTheirs} AND ${recordedUntil(last_ms)}`;
}

const timeOf = (at_ms: number) => `fromUnixTimestamp64Milli(toInt64(${at_ms}))`;
const recordedUntil = (last_ms: number) => `recorded <= ${timeOf(last_ms)}`;
