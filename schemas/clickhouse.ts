/** The only module that knows @clickhouse/client: connection, migrations, and the verbs that Temper uses. */
import { Agent } from 'node:https';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { TemperError } from './errors.ts';
import { signsInByCertificate } from './settings/connections.ts';
import { explainTls, readPem, type Tls } from './settings/tls.ts';
import { MIGRATIONS, type Migration } from './tables.ts';

/** Rows as objects: all that most of Temper needs of ClickHouse. */
export interface RowStore {
  /** One block of one table. All of it is inserted, also where the same was before: see tables.ts. */
  insert(table: string, rows: readonly object[]): Promise<void>;
  query<Row>(sql: string, params?: Record<string, unknown>): Promise<Row[]>;
  /** A large result, row by row: memory stays flat. */
  stream<Row>(sql: string, params?: Record<string, unknown>): AsyncIterable<Row[]>;
  command(sql: string): Promise<void>;
  stop(): Promise<void>;
}

/** Rows as bytes, too. */
export interface Store extends RowStore {
  /** A result in a format that the query names, whole. */
  bytes(sql: string, params?: Record<string, unknown>): Promise<Buffer>;
  /** An INSERT that names its format and takes a body of any length, such as a file. */
  load(sql: string, body: Readable, settings: Readonly<Record<string, string | number>>): Promise<void>;
}

/** Every failure is thrown with its cause: the client need not print it too. */
const QUIET = { level: ClickHouseLogLevel.OFF };

const CONNECTIONS = 8;

/** Rows are there when an insert is answered. */
const INSERTS = { async_insert: 0 } as const;

/**
 * Opens the database, makes it where it is missing, and brings its tables up to date.
 *
 * @param tls for an https:// URL; undefined: with the authorities that Node trusts
 */
export async function openStore(url: string, database: string, tls?: Tls): Promise<Store> {
  const bare = createClient({ url, request_timeout: 30_000, log: QUIET, ...encryptionOf(url, tls) });
  try {
    await bare.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
  } catch (cause) {
    throw asTemperError(cause, new URL(url).host);
  } finally {
    await bare.close();
  }
  const settings = { clickhouse_settings: INSERTS, request_timeout: 60_000, max_open_connections: CONNECTIONS };
  const client = createClient({ url, database, log: QUIET, ...settings, ...encryptionOf(url, tls) });
  const store = wrap(client, new URL(url).host);
  await migrate(store);
  return store;
}

/**
 * A certificate is shown to whoever wants one, be it a gateway. Only where there is no password it is what signs in: to
 * the client's own `tls` it always is, and ClickHouse refuses who comes with both.
 */
function encryptionOf(url: string, tls: Tls | undefined) {
  if (!tls?.ca) return {};
  const { ca, cert, key } = readPem(tls);
  if (!cert || !key) return { tls: { ca_cert: ca! } };
  if (signsInByCertificate(url, tls)) return { tls: { ca_cert: ca!, cert, key } };
  return { http_agent: new Agent({ ca, cert, key, keepAlive: true, maxSockets: CONNECTIONS }) };
}

function wrap(client: ClickHouseClient, where: string): Store {
  const attempt = <T>(work: Promise<T>): Promise<T> => work.catch(cause => Promise.reject(asTemperError(cause, where)));
  return {
    async insert(table, rows) {
      if (rows.length === 0) return;
      await attempt(client.insert({ table, values: rows, format: 'JSONEachRow' }));
    },
    async query<Row>(query: string, query_params: Record<string, unknown> = {}) {
      const result = await attempt(client.query({ query, query_params, format: 'JSONEachRow' }));
      return attempt(result.json<Row>()) as Promise<Row[]>;
    },
    async *stream<Row>(query: string, query_params: Record<string, unknown> = {}) {
      const result = await attempt(client.query({ query, query_params, format: 'JSONEachRow' }));
      for await (const rows of result.stream<Row>()) yield rows.map(row => row.json<Row>());
    },
    async command(query) {
      await attempt(client.command({ query }));
    },
    async bytes(query, query_params = {}) {
      const { stream } = await attempt(client.exec({ query, query_params }));
      const pieces: Buffer[] = [];
      await attempt(finished(stream.on('data', (piece: Buffer) => pieces.push(piece))));
      return Buffer.concat(pieces);
    },
    async load(query, values, settings) {
      const clickhouse_settings: ClickHouseSettings = {
        ...settings,
        // The body may be read long before the answer comes: headers that tell of progress keep the connection.
        wait_end_of_query: 1,
        send_progress_in_http_headers: 1,
        http_headers_progress_interval_ms: '20000',
      };
      const { stream } = await attempt(client.exec({ query, values, clickhouse_settings }));
      stream.resume();
      await attempt(finished(stream));
    },
    stop: () => client.close(),
  };
}

async function migrate(store: Store): Promise<void> {
  await store.command(
    'CREATE TABLE IF NOT EXISTS migrations (name String, at DateTime64(3) DEFAULT now64(3)) ENGINE = MergeTree ORDER BY name',
  );
  const done = new Set((await store.query<{ name: string }>('SELECT name FROM migrations')).map(row => row.name));
  for (const migration of MIGRATIONS) {
    const { name } = migration;
    if (done.has(name)) continue;
    for (const sql of await statementsOf(store, migration)) {
      // IF NOT EXISTS lets two processes migrate side by side, and one that died between the two statements go on.
      await store.command(
        sql
          .replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS')
          .replace(/ADD COLUMN (?!IF NOT EXISTS)/g, 'ADD COLUMN IF NOT EXISTS '),
      );
    }
    await store.insert('migrations', [{ name }]);
  }
}

async function statementsOf(store: RowStore, { sql, of }: Migration): Promise<string[]> {
  if (!of) return [sql];
  const tables = await store.query<{ name: string }>(of);
  return tables.map(({ name }) => sql.replace('{table}', name));
}

const REFUSALS = ['AUTHENTICATION_FAILED', 'REQUIRED_PASSWORD', 'WRONG_PASSWORD', 'UNKNOWN_USER'];

/** What the server refused is final; what the network or a full disk did may pass. */
function asTemperError(cause: unknown, where: string): TemperError {
  if (cause instanceof TemperError) return cause;
  if (cause instanceof ClickHouseError) {
    const full = cause.type === 'NOT_ENOUGH_SPACE' || /No space left/i.test(cause.message);
    if (full)
      return new TemperError('DISK_FULL', {
        where: `ClickHouse ${where}`,
        next: 'Free some space; Temper goes on by itself',
        cause,
      });
    const passing = [
      'TIMEOUT_EXCEEDED',
      'MEMORY_LIMIT_EXCEEDED',
      'TOO_MANY_SIMULTANEOUS_QUERIES',
      'TOO_MANY_PARTS',
      'SOCKET_TIMEOUT',
    ];
    if (cause.type !== undefined && REFUSALS.includes(cause.type)) {
      const next = 'Correct user and password in TEMPER_CLICKHOUSE or TEMPER_CLICKHOUSE_PASSWORD';
      return new TemperError('CREDENTIALS_REFUSED', { where: `ClickHouse ${where}`, next, cause });
    }
    const code = cause.type !== undefined && passing.includes(cause.type) ? 'UNREACHABLE' : 'INPUT_INVALID';
    return new TemperError(code, { where: `ClickHouse ${where}`, cause });
  }
  const explained = explainTls(cause, where, { setting: 'TEMPER_CLICKHOUSE' });
  if (explained.code === 'TLS_REFUSED') return explained;
  return new TemperError('UNREACHABLE', {
    where: `ClickHouse ${where}`,
    next: 'Is it running, and is TEMPER_CLICKHOUSE right?',
    cause,
  });
}
