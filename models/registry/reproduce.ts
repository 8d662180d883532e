import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import type { Start } from '../../schemas/models/models.ts';
import type { ChildHooks } from '../child/parent.ts';
import { type Candidate, trainInChild } from '../ranker/child.ts';
import type { TrainProgress } from '../ranker/train.ts';
import type { Forerunner } from '../ranker/warm-start.ts';
import { asForerunner } from './forerunner.ts';
import { sha256Of } from './hash.ts';
import { openModel } from './registry.ts';
import type { Snapshots } from './snapshots.ts';
import type { ModelStore } from './store/store.ts';

/** A model that was trained again from what its manifest says. */
export interface Reproduction {
  model: string;
  snapshot: string;
  /** The code that trained it, and that which did this time: another one may well give other bits. */
  code: { registered: string; again: string };
  /** sha256 of each file, as it is registered and as it came this time. */
  files: Record<string, { registered: string; again: string }>;
  same: boolean;
}

/**
 * Trains a registered model again: from the snapshot, the seed and the settings of its manifest, and from the model from
 * whose parameters it began. On one machine and one
 * thread the same code gives the same files.
 *
 * @param directory for checkpoints, the files that come, and the examples where these have to be fetched
 * @throws INPUT_INVALID where it was not trained, or its examples are gone, or they were hidden by noise that nobody knows
 */
export async function reproduce(
  places: { models: ModelStore; snapshots: Snapshots },
  model: string,
  directory: string,
  hooks: ChildHooks<TrainProgress> = {},
): Promise<Reproduction> {
  const { kind, lineage, files } = (await openModel(places.models, model)).manifest;
  const { snapshot, seed, provider, settings } = lineage;
  if (kind === 'popularity' || snapshot === null || seed === null) {
    throw new TemperError('INPUT_INVALID', { where: `model ${model}`, expected: 'one that was trained', got: kind });
  }
  if (settings?.privacy) {
    const where = `model ${model}`;
    const next = 'Noise that can be made again hides nothing; train anew from the same examples';
    throw new TemperError('INPUT_INVALID', {
      where,
      expected: 'one that learned without noise',
      got: 'TEMPER_DP_NOISE',
      next,
    });
  }
  const dataset = await places.snapshots.file(snapshot, directory);
  const start =
    lineage.start && 'model' in lineage.start ? await startAgain(places.models, lineage.start) : lineage.start;
  const providers = provider === null ? {} : { providers: [provider] };
  const again = await trainInChild({ kind, dataset, directory, seed, start, ...providers, ...settings }, hooks);
  const found = await hashesOf(again);
  const names = Object.entries(files).map(([name, registered]) => [name, { registered, again: found[name] ?? 'none' }]);
  return {
    model,
    snapshot,
    code: { registered: lineage.code, again: again.code },
    files: Object.fromEntries(names),
    same: Object.entries(files).every(([name, sha256]) => found[name] === sha256),
  };
}

/** The model from whose parameters another one began, where it is still the same. */
async function startAgain(
  store: ModelStore,
  { model, sha256 }: Extract<Start, { model: string }>,
): Promise<Forerunner> {
  const found = asForerunner(await openModel(store, model));
  if (found?.sha256 === sha256) return found;
  const [expected, got] = [`the graph ${sha256}, from which it began`, `${found?.sha256}`];
  throw new TemperError('INPUT_INVALID', { where: `model ${model}`, expected, got });
}

async function hashesOf({ path: graph, items, tables }: Candidate): Promise<Record<string, string>> {
  const files = [graph, ...(items ? [items.path] : []), ...(tables ? [tables.path] : [])];
  const read = files.map(async file => [path.basename(file), sha256Of(await readFile(file))] as const);
  return Object.fromEntries(await Promise.all(read));
}
