import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openProductEncoder } from '../../../models/encoders/product.ts';
import { createLog } from '../../../schemas/log.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { Report } from '../../../streams/report.ts';
import { QueryVectors } from '../../../streams/surfaces/query-vectors.ts';
import { WORDS, writeTinyEncoder } from '../../models/encoders/tiny-encoder.ts';

let directory: string;
let place: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-queries-'));
  place = await writeTinyEncoder(path.join(directory, 'tiny'), 1);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function open(find: () => string | undefined) {
  const report = new Report('scorer', 'test');
  const config = readConfig({ TEMPER_TEXT_ENCODER: 'tiny' });
  const context = { config, report, log: createLog('test', 'silent') };
  const vectors = new QueryVectors(context, { find, fetch: () => Promise.reject(new Error('no network')) });
  onTestFinished(() => vectors.stop());
  return { vectors, said: () => report.snapshot(0) };
}

describe('vectors of queries', () => {
  it('are those of the encoder of products, once it is open; who asks before is not kept waiting', async () => {
    const { vectors, said } = open(() => place);
    const query = `${WORDS[0]} ${WORDS[1]}`;
    expect(await vectors.inTime(vectors.ask(query))).toBeUndefined();
    expect(said().counts).toMatchObject({ late_query_vectors: 1 });
    const found = await vi.waitUntil(() => vectors.inTime(vectors.ask(query)), { timeout: 30_000 });
    const encoder = await openProductEncoder(place, 'tiny');
    expect(found.encoder).toBe(encoder.id);
    expect([...found.vector]).toEqual([...(await encoder.encode([query], 'query'))]);
    expect(await vectors.inTime(vectors.ask(query))).toBe(found);
    expect(said().notes.queries).toBe(`by words and by vectors of ${encoder.id}`);
    await encoder.release();
  });

  it('are none where there is no encoder, or one that can not be opened', async () => {
    for (const found of [undefined, path.join(directory, 'nothing')]) {
      const { vectors, said } = open(() => found);
      await vi.waitUntil(() => said().notes.queries, { timeout: 30_000 });
      expect(await vectors.inTime(vectors.ask('red'))).toBeUndefined();
      expect(said().notes.queries).toMatch(/^by words alone: /);
    }
  });
});
