import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { printResult, table } from '../../cli/output.ts';
import { findEndpoints } from '../../cli/stack/endpoints.ts';
import { openStore } from '../../schemas/clickhouse.ts';
import { createLog } from '../../schemas/log.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { TOPICS } from '../../streams/graph.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { connect } from '../../streams/kafka/connect.ts';

export interface Bytes {
  /** A table of ClickHouse, or a topic. */
  of: string;
  count: number;
  bytes_each: number;
}

/**
 * Bytes of a row, compressed and merged, and of a record, of the Temper that runs on this data directory. Of topics those
 * alone whose files are there: of a Kafka that runs elsewhere, none.
 */
export async function printBytes(config: Config, json: boolean): Promise<void> {
  const { kafka, clickhouse } = await findEndpoints(config);
  const bus = connect({ brokers: kafka, name: 'temper-bench', log: createLog('bench', 'error') });
  try {
    const rows = await bytesOfRows(clickhouse, config.clickhouseDatabase);
    const records = await bytesOfRecords(bus, path.join(config.dataDir, 'services', 'kafka', 'log'));
    printResult({ rows, records }, json, () =>
      table([
        ['TABLE OR TOPIC', 'ROWS OR RECORDS', 'BYTES EACH'],
        ...[...rows, ...records].map(({ of, count, bytes_each }) => [of, String(count), String(bytes_each)]),
      ]),
    );
  } finally {
    await bus.stop();
  }
}

async function bytesOfRows(url: string, database: string): Promise<Bytes[]> {
  const store = await openStore(url, database);
  try {
    const names = await store.query<{ table: string }>(`SELECT DISTINCT table FROM system.parts WHERE ${ACTIVE}`);
    for (const { table } of names) await store.command(`OPTIMIZE TABLE ${table} FINAL`);
    return await store.query<Bytes>(
      `SELECT table AS of, sum(rows) AS count, round(sum(bytes_on_disk) / count, 1) AS bytes_each FROM system.parts
       WHERE ${ACTIVE} GROUP BY table ORDER BY table SETTINGS output_format_json_quote_64bit_integers = 0`,
    );
  } finally {
    await store.stop();
  }
}

const ACTIVE = 'active AND database = currentDatabase() AND rows > 0';

async function bytesOfRecords(bus: Bus, directory: string): Promise<Bytes[]> {
  const folders = await readdir(directory).catch(() => []);
  const sizes: Bytes[] = [];
  for (const topic of Object.keys(TOPICS)) {
    const own = folders.filter(folder => folder.replace(/-\d+$/, '') === topic);
    let [count, bytes] = [0, 0];
    for (const folder of own) bytes += await sizeOf(path.join(directory, folder));
    for (const { low, high } of (await bus.bounds(topic)).values()) count += high - low;
    if (own.length > 0 && count > 0)
      sizes.push({ of: topic, count, bytes_each: Math.round((bytes / count) * 10) / 10 });
  }
  return sizes;
}

/** Of the segments: beside them lie indexes, which are of one size until they are closed. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const file of await readdir(folder))
    if (file.endsWith('.log')) bytes += (await stat(path.join(folder, file))).size;
  return bytes;
}
