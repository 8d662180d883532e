import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import proto from '@temporalio/proto';

/*
 * Histories as JSON, field by field as protobufjs writes messages. The SDK's own historyToJSON wants one copy of
 * protobufjs in all of node_modules, and refuses with "type must be a Type" where npm had to install two.
 */
const { History } = proto.temporal.api.history.v1;
/** Where the recorded runs are. */
export const RECORDED: string = path.join(import.meta.dirname, 'recorded');

export type History = proto.temporal.api.history.v1.IHistory;

export async function writeHistory(file: string, history: History): Promise<void> {
  const plain = History.toObject(History.fromObject(history), { enums: String, longs: String, bytes: String });
  const text = JSON.stringify(plain, (key, value: unknown) => (typeof value === 'string' ? placeless(key, value) : value), 1);
  await writeFile(file, `${text}\n`);
}

/** Without the directories and the name of the machine on which it was recorded. */
function placeless(key: string, value: string): string {
  if (key === 'identity' || key === 'stickyTaskQueue' || key === 'name') return value.replace(/\d+@[\w.-]+/, 'worker@host');
  if (key === 'stackTrace') return value.replace(/\/\S*?\/(?=node_modules\/|workflows\/)/g, '');
  if (key !== 'data') return value;
  const text = Buffer.from(value, 'base64').toString('utf8');
  return Buffer.from(text.replace(/\/tmp\/temper-[\w-]+/g, '/data')).toString('base64');
}

export async function readHistory(file: string): Promise<History> {
  return History.fromObject(JSON.parse(await readFile(file, 'utf8')) as object);
}
