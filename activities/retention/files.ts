import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { openModel } from '../../models/registry/registry.ts';
import { snapshotsIn } from '../../models/registry/snapshots.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import type { ModelStore } from '../../models/registry/store/store.ts';
import { lastOf } from '../../models/registry/succession.ts';
import { TemperError } from '../../schemas/errors.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { trainedOn } from '../erasure/snapshots.ts';
import { trainingIn } from '../places.ts';
import type { Ports } from '../ports.ts';

const DAY_MS = 86_400_000;

/**
 * Removes snapshots of examples that nobody has read for so long, but for those of models that serve or are on trial.
 *
 * @returns their hashes, and the models that cannot be reproduced any more; their manifests stay
 */
export async function retainSnapshots(ports: Ports, days: number | null, now_ms: number) {
  const { config } = ports;
  if (days === null) return { snapshots: [], models: [] };
  const needed = await snapshotsInUse(ports);
  const snapshots = snapshotsIn(config);
  const gone: string[] = [];
  for (const sha256 of await snapshots.list()) {
    if (needed.has(sha256)) continue;
    const used_ms = await snapshots.lastUsed_ms(sha256);
    if (used_ms === undefined || used_ms > now_ms - days * DAY_MS) continue;
    await snapshots.remove(sha256);
    gone.push(sha256);
  }
  return { snapshots: gone, models: await trainedOn(modelsIn(config), new Set(gone)) };
}

/**
 * Removes the workbenches on which nothing has changed for so long.
 *
 * @returns the runs that they were of
 */
export async function retainCandidates({ config }: Ports, days: number | null, now_ms: number): Promise<string[]> {
  if (days === null) return [];
  const directory = path.dirname(trainingIn(config, 'any'));
  const gone: string[] = [];
  for (const run of await namesIn(directory)) {
    const place = path.join(directory, run);
    const files = [place, ...(await namesIn(place)).map(name => path.join(place, name))];
    const times = await Promise.all(files.map(async file => (await stat(file)).mtimeMs));
    if (Math.max(...times) > now_ms - days * DAY_MS) continue;
    await rm(place, { recursive: true, force: true });
    gone.push(run);
  }
  return gone;
}

/** Who is champion is the registry's to say, where it knows one: whoever may write to the topic could name another. */
async function snapshotsInUse({ config, champions }: Ports): Promise<Set<string>> {
  const store = modelsIn(config);
  const needed = new Set<string>();
  for (const surface of Surface.options) {
    const champion = (await lastOf(store, surface))?.promotion ?? (await champions.of(surface));
    for (const serving of [champion, await champions.trialOn(surface)]) {
      const snapshot = serving && (await snapshotOf(store, serving.model));
      if (snapshot) needed.add(snapshot);
    }
  }
  return needed;
}

/** Nothing where the registry has no such model, or not as it was: nobody serves that, whatever a record says. */
async function snapshotOf(store: ModelStore, model: string): Promise<string | null> {
  try {
    return (await openModel(store, model)).manifest.lineage.snapshot;
  } catch (error) {
    if (error instanceof TemperError && error.code === 'MODEL_REFUSED') return null;
    throw error;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => [] as string[]);
}
