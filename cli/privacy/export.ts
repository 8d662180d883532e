import { type FileHandle, open, rm } from 'node:fs/promises';
import { valuesOf } from '../../models/features/states.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { USER_TABLES, type UserTable } from '../../schemas/erasures.ts';
import { TemperError } from '../../schemas/errors.ts';
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

/**
 * Writes all that is stored of a user, under each of his names, into a file that only its owner can read: a JSON object a
 * line.
 */
export async function exportUser(config: Config, user: string, { out, json }: ExportOptions): Promise<void> {
  const counts: Record<string, number> = {};
  const file = await newFile(out);
  let isWhole = false;
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
    isWhole = true;
  } finally {
    await file.close();
    if (!isWhole) await rm(out); // half of it looks like all
  }
  const words = Object.entries(counts).map(([place, lines]) => `${place} ${lines}`);
  printResult({ out, lines: counts }, json, () => `${out}: ${words.join(', ') || 'nothing is stored of this user'}`);
}

async function newFile(out: string): Promise<FileHandle> {
  try {
    return await open(out, 'wx', 0o600);
  } catch (cause) {
    const next = 'Name one that is not there, in a directory that is';
    throw new TemperError('INPUT_INVALID', { where: `--out ${out}`, expected: 'a file to create', next, cause });
  }
}

/** As an erasure looks for them: the user is the key, or stands in quotes in the words of the refusal, or in what was refused. */
const IN_LETTER = ['detail', "tryBase64Decode(ifNull(value, ''))"].reduce(
  (where, text) => `${where} OR position(${text}, {quoted:String}) > 0`,
  'key = {user:String}',
);

async function* rowsOf(store: RowStore, user: string): AsyncGenerator<ExportedLine> {
  for (const table of Object.keys(USER_TABLES) as UserTable[]) {
    const quoted = JSON.stringify(user);
    const theirs = table === 'dead_letters' ? IN_LETTER : 'user = {user:String}';
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
  return { offset, recorded_ms: timestamp_ms, user, at_ms, features: valuesOf('user', state), recent, history };
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
