import { open } from 'node:fs/promises';
import { valuesOf } from '../../models/features/states.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { USER_TABLES, type UserTable } from '../../schemas/erasures.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { USERS } from '../../streams/features/log/entities.ts';
import { readSnapshot } from '../../streams/features/log/snapshot.ts';
import type { TopicName } from '../../streams/graph.ts';
import type { Bus, StreamRecord } from '../../streams/kafka/bus.ts';
import { eachRecordOf } from '../../streams/privacy/user-records.ts';
import { USER_TOPICS } from '../../streams/privacy/user-topics.ts';
import { printResult } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';
import { namesOf } from './erase.ts';

export interface ExportOptions {
  out: string;
  json?: boolean;
}

/** A line of the file: where it stands, and what stands there. */
export type ExportedLine = { from: string } & Record<string, unknown>;

/** Writes all that is stored of a user into a file that only its owner can read: a JSON object a line. */
export async function exportUser(config: Config, user: string, { out, json }: ExportOptions): Promise<void> {
  const counts: Record<string, number> = {};
  const file = await open(out, 'wx', 0o600);
  try {
    const write = async (line: ExportedLine) => {
      const place = line.from.split('/')[0]!;
      counts[place] = (counts[place] ?? 0) + 1;
      await file.write(`${JSON.stringify(line)}\n`);
    };
    await withClient(config, async ({ bus, store }) => {
      for (const name of namesOf(config, user)) {
        for await (const line of rowsOf(await store(), name)) await write(line);
        for (const topic of USER_TOPICS) {
          for (const line of await recordsOf(bus, config.partitions, topic, name)) await write(line);
        }
      }
    });
  } finally {
    await file.close();
  }
  const words = Object.entries(counts).map(([place, lines]) => `${place} ${lines}`);
  printResult({ out, lines: counts }, json, () => `${out}: ${words.join(', ') || 'nothing is stored of this user'}`);
}

async function* rowsOf(store: RowStore, user: string): AsyncGenerator<ExportedLine> {
  for (const table of Object.keys(USER_TABLES) as UserTable[]) {
    const quoted = JSON.stringify(user);
    const theirs =
      table === 'dead_letters'
        ? "key = {user:String} OR position(tryBase64Decode(ifNull(value, '')), {quoted:String}) > 0"
        : 'user = {user:String}';
    const rows = store.stream<object>(`SELECT * FROM ${table} FINAL WHERE ${theirs}`, { user, quoted });
    for await (const some of rows) for (const row of some) yield { from: `ClickHouse ${table}`, row };
  }
}

/** Records that are JSON, and of packed states the last one; the log of deltas has nothing that the events have not. */
async function recordsOf(bus: Bus, partitions: number, topic: TopicName, user: string): Promise<ExportedLine[]> {
  if (topic === 'features.user.log') return [];
  const lines: ExportedLine[] = [];
  await eachRecordOf(bus, partitions, topic, user, (record, partition) => {
    const from = `Kafka ${topic}/${partition}`;
    if (topic === 'features.user.snapshots') lines.splice(0, 1, { from, ...stateIn(record, user) });
    else lines.push({ from, offset: record.offset, recorded_ms: record.timestamp_ms, value: jsonOf(record) });
  });
  return lines;
}

function stateIn({ offset, value, timestamp_ms }: StreamRecord, user: string) {
  const [, state] = readSnapshot(value!, USERS.format).entries.find(([key]) => key === user)!;
  const { at_ms, recent, history } = state;
  return { offset, recorded_ms: timestamp_ms, at_ms, features: valuesOf('user', state), recent, history };
}

/** What was refused may be no JSON. */
function jsonOf({ value }: StreamRecord): unknown {
  const text = value?.toString('utf8') ?? 'null';
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
