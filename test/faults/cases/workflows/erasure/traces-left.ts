import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { TOPICS } from '../../../../../streams/graph.ts';
import type { Stack } from '../../../stack.ts';

/**
 * Where any of some ids stands, by a search that knows nothing of what erasures do: in all columns of all tables that hold
 * texts, in the bytes of all records of all topics, also in what is packed in base64, and in all files of Temper's own. The
 * ids must be such that stand in no others.
 */
export async function tracesLeft(stack: Stack, ids: readonly string[]): Promise<string[]> {
  return [...(await inTables(stack, ids)), ...(await inTopics(stack, ids)), ...(await inFiles(stack, ids))];
}

async function inTables({ store }: Stack, ids: readonly string[]): Promise<string[]> {
  const columns = await store.query<{ table: string; name: string }>(
    `SELECT table, name FROM system.columns WHERE database = currentDatabase() AND type LIKE '%String%'`,
  );
  const left: string[] = [];
  for (const { table, name } of columns) {
    const text = `toString(${name})`;
    const has = (where: string) => `multiSearchAny(ifNull(${where}, ''), {ids:Array(String)})`;
    const where = `${has(text)} OR ${has(`tryBase64Decode(${text})`)}`;
    const [row] = await store.query<{ n: string }>(`SELECT count() AS n FROM ${table} WHERE ${where}`, { ids });
    if (Number(row!.n) > 0) left.push(`ClickHouse ${table}.${name}: ${row!.n} rows`);
  }
  return left;
}

async function inTopics({ bus }: Stack, ids: readonly string[]): Promise<string[]> {
  const found = new Map<string, number>();
  await bus.follow({
    topics: Object.keys(TOPICS),
    once: true,
    apply: (topic, _partition, { key, value }) => {
      const letter =
        topic === 'dead.letters' && value ? Buffer.from(JSON.parse(`${value}`).value ?? '', 'base64') : value;
      const isThere = ids.some(id => key?.includes(id) || value?.includes(id) || letter?.includes(id));
      if (isThere) found.set(topic, (found.get(topic) ?? 0) + 1);
    },
  });
  return Array.from(found, ([topic, records]) => `Kafka ${topic}: ${records} records`);
}

/** Kafka, ClickHouse and Temporal are asked; what they have on the disk and give to nobody is their own. */
async function inFiles({ config: { dataDir } }: Stack, ids: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const top of (await readdir(dataDir)).filter(name => name !== 'services')) {
    const place = path.join(dataDir, top);
    const below = await readdir(place, { recursive: true }).catch(() => [] as string[]); // a file has nothing below it
    for (const file of [place, ...below.map(name => path.join(place, name))]) {
      const bytes = await readFile(file).catch(() => undefined); // a directory, or gone by now
      if (ids.some(id => bytes?.includes(id))) left.push(`file ${path.relative(dataDir, file)}`);
    }
  }
  return left;
}
