import path from 'node:path';
import { TemperError } from '../../../schemas/errors.ts';
import type { Config } from '../../../schemas/settings/config.ts';
import { directoryStore } from './directory.ts';
import { s3Store } from './s3.ts';
import type { ModelStore } from './store.ts';

/** One client for each bucket in a process: it keeps connections. */
const buckets = new Map<string, ModelStore>();

/** Where models are: in the bucket that is configured, or in `models` of the data directory. */
export function modelsIn({ dataDir, registry }: Pick<Config, 'dataDir' | 'registry'>): ModelStore {
  if (!registry) return directoryStore(path.join(dataDir, 'models'));
  const key = JSON.stringify(registry);
  const store = buckets.get(key) ?? s3Store(registry);
  buckets.set(key, store);
  return store;
}

/**
 * That a store takes files, and that a file can be created in it once: that there is one champion rests on it.
 *
 * @throws CONFIG_INVALID where it lets a second one take its place, or none be written
 */
export async function requireExclusive(store: ModelStore): Promise<void> {
  const name = '.exclusive';
  const bytes = Buffer.from('that this file is created once says that promotions can be\n');
  await store.create(name, bytes);
  if (!(await store.create(name, bytes))) return;
  throw new TemperError('CONFIG_INVALID', {
    where: store.where,
    expected: 'a store that creates a file only where there is none (If-None-Match)',
    got: 'one that put it twice',
    next: 'Set TEMPER_REGISTRY to a store that can, or unset it to use a directory',
  });
}
