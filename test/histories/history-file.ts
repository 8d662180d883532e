import { readFile, writeFile } from 'node:fs/promises';
import proto from '@temporalio/proto';

/*
 * Histories as JSON, field by field as protobufjs writes messages. The SDK's own historyToJSON wants one copy of
 * protobufjs in all of node_modules, and refuses with "type must be a Type" where npm had to install two.
 */
const { History } = proto.temporal.api.history.v1;
export type History = proto.temporal.api.history.v1.IHistory;

export async function writeHistory(file: string, history: History): Promise<void> {
  const plain = History.toObject(History.fromObject(history), { enums: String, longs: String, bytes: String });
  await writeFile(file, `${JSON.stringify(plain, null, 1)}\n`);
}

export async function readHistory(file: string): Promise<History> {
  return History.fromObject(JSON.parse(await readFile(file, 'utf8')) as object);
}
