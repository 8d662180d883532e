import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { createLog } from '../../../schemas/log.ts';
import { type Config, childEnvironment } from '../../../schemas/settings/config.ts';
import type { ProductInput } from '../../../schemas/topics/events.ts';
import { topicSpecs } from '../../../streams/graph.ts';
import type { Bus } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { openStorefront, type Storefront } from '../../../streams/storefront.ts';
import { startJob, TEMPER, testConfig } from '../../job-process.ts';
import { writeTinyEncoder } from '../../models/encoders/tiny-encoder.ts';

const RUN = `search-${randomUUID().slice(0, 8)}`;
let directory: string;
let config: Config;
let bus: Bus;
let storefront: Storefront;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-search-'));
  const place = await writeTinyEncoder(path.join(directory, 'tiny'), 1);
  const settings = { TEMPER_TEXT_ENCODER: place, TEMPER_IMAGE_ENCODER: 'none' };
  const lists = { TEMPER_EXPLORATION: '0', TEMPER_CONTROL: '0' };
  config = { ...testConfig(inject('endpoints'), 'temper_search', { ...settings, ...lists }), dataDir: directory };
  bus = connect({ brokers: inject('endpoints').kafka, name: RUN, log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(config));
  storefront = await openStorefront(bus);
});
afterAll(async () => {
  await storefront?.stop();
  await bus?.stop();
  await rm(directory, { recursive: true, force: true });
});

it('a query whose words no product has finds one by its vector, as soon as enrich and scorer have the encoder', async () => {
  const product = (name: string, title: string, category: string): ProductInput => {
    return { v: 1, item: `${RUN}-${name}`, at_ms: Date.now(), title, category };
  };
  // The encoder knows none of the words of the jug and of the query, and so takes one for the other.
  const products = [product('jug', 'Krug', RUN.replace('-', '')), product('knife', 'steel knife', 'red pan')];
  await Promise.all(products.map(each => storefront.publishProduct(each)));
  const jobs = await Promise.all([startJob('enrich', config), startJob('scorer', config)]);
  try {
    let asked = 0;
    const search = async (query: string) => {
      const id = `${RUN}-r${asked++}`;
      const who = { user: `${RUN}-u`, session: 's', surface: 'search', count: 200 } as const;
      const { items, model } = await storefront.ask({ v: 1, id, at_ms: Date.now(), ...who, query }, 60_000);
      if (items.length > 0) expect(model).toBe('relevance');
      return items.filter(({ item }) => item.startsWith(RUN)).map(({ item, reason }) => ({ item, reason }));
    };
    const [jug, knife] = products.map(({ item }) => item);
    expect((await search('Krug'))[0]).toEqual({ item: jug, reason: 'words' });
    const found = await vi.waitUntil(
      async () => {
        const items = await search('Kanne. Becher'); // what is popular, until there is a vector
        return items.some(({ reason }) => reason === 'meaning') ? items : undefined;
      },
      { timeout: 120_000, interval: 500 },
    );
    expect(found[0]).toEqual({ item: jug, reason: 'meaning' });
    expect((await search('knife'))[0]).toEqual({ item: knife, reason: 'words' });
    const ranking = ['rank', '--user', `${RUN}-u`, '--surface', 'search', '--query', 'steel knifes', '--count', '200'];
    const { stdout } = await execa(process.execPath, [TEMPER, ...ranking], { env: childEnvironment(config) });
    expect(stdout).toMatch(/by relevance \(champion\)\nsearched for: .*knife/);
    expect(stdout).toMatch(new RegExp(`\\d +${knife} +\\d`));
  } finally {
    await Promise.all(jobs.map(job => job.stop()));
  }
});
