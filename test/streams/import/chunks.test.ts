import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import { type Chunk, chunksOf, type Place } from '../../../streams/import/load/chunks.ts';
import { findFiles, identify } from '../../../streams/import/load/files.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-chunks-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const LINES = Array.from({ length: 50_000 }, (_, n) => `{"n":${n},"text":"${'é'.repeat(n % 7)}"}`);

async function fileOf(name: string, content: string | Buffer) {
  const file = path.join(directory, name);
  await writeFile(file, content);
  return identify(file, () => {});
}

async function all(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const found: Chunk[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return found;
}

const textOf = (chunks: readonly Chunk[]) => Buffer.concat(chunks.map(({ body }) => body)).toString('utf8');

describe.each([
  ['plain', (text: string) => Buffer.from(text)],
  ['gzipped', (text: string) => gzipSync(text)],
])('lines that are %s', (name, packed) => {
  it('come in whole chunks that are numbered, the last with a line break that the file lacks', async () => {
    const file = await fileOf(`${name}.ndjson`, packed(LINES.join('\n')));
    expect(file).toMatchObject({ format: 'lines', gzip: name === 'gzipped' });
    const chunks = await all(chunksOf(file, { rows: 0, bytes: 0 }, 300_000));
    expect(chunks.length).toBeGreaterThan(3);
    expect(textOf(chunks)).toBe(`${LINES.join('\n')}\n`);
    let rows = 0;
    for (const chunk of chunks) {
      expect(chunk.first).toBe(rows);
      expect(chunk.body.at(-1)).toBe(10);
      rows += chunk.rows;
    }
    expect(rows).toBe(LINES.length);
  });

  it('go on from where any chunk ended as if they had never stopped', async () => {
    const file = await fileOf(`${name}-again.ndjson`, packed(`${LINES.join('\n')}\n`));
    const chunks = await all(chunksOf(file, { rows: 0, bytes: 0 }, 300_000));
    for (const [n, { first, rows, end_bytes }] of chunks.entries()) {
      const from: Place = { rows: first + rows, bytes: end_bytes };
      const rest = await all(chunksOf(file, from, 300_000));
      expect(textOf(rest)).toBe(textOf(chunks.slice(n + 1)));
      expect(rest[0]?.first).toBe(chunks[n + 1]?.first);
    }
  });
});

it('a mark of the byte order is no part of the first record', async () => {
  const file = await fileOf('bom.ndjson', '\uFEFF{"a":1}\n');
  expect(textOf(await all(chunksOf(file)))).toBe('   {"a":1}\n');
});

it('a file without line breaks is refused before it fills the memory', async () => {
  const file = await fileOf('endless', Buffer.alloc(LIMITS.record_bytes + 2 * 1024 * 1024, 'x'));
  await expect(all(chunksOf(file, { rows: 0, bytes: 0 }, 1024 * 1024))).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.stringContaining('line 1'),
  });
});

it('a file is known by its content, whatever it is called', async () => {
  const [a, b, c] = [await fileOf('a', 'same'), await fileOf('b', 'same'), await fileOf('c', 'other')];
  expect(a.topic).toBe(b.topic);
  expect(a.topic).not.toBe(c.topic);
  expect((await fileOf('d', 'PAR1 and more')).format).toBe('parquet');
});

it('names with * and ? are those that match, in their order; none is an error', async () => {
  for (const name of ['part-2.p', 'part-1.p', 'part-10.p', 'other.p']) await fileOf(name, name);
  const names = async (pattern: string) =>
    (await findFiles([path.join(directory, pattern)])).map(f => path.basename(f));
  expect(await names('part-*.p')).toEqual(['part-1.p', 'part-10.p', 'part-2.p']);
  expect(await names('part-?.p')).toEqual(['part-1.p', 'part-2.p']);
  await expect(names('nothing-*.p')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});

it('a file of Parquet that is too large is refused before it is read, and what is no file at once', async () => {
  const file = path.join(directory, 'large.parquet');
  await writeFile(file, 'PAR1');
  await truncate(file, LIMITS.parquet_bytes + 1);
  const refusal = expect.stringContaining(`at most ${LIMITS.parquet_bytes} bytes; got ${LIMITS.parquet_bytes + 1}`);
  const heard: number[] = [];
  await expect(identify(file, read => heard.push(read))).rejects.toMatchObject({ message: refusal });
  expect(heard).toEqual([]);
  await expect(identify('/dev/zero', () => {})).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});
