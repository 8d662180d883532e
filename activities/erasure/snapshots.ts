import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { teachersOf } from '../../models/registry/forerunner.ts';
import { type Snapshots, snapshotsIn } from '../../models/registry/snapshots.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { MANIFEST, type ModelStore } from '../../models/registry/store/store.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import type { Erasing } from '../../schemas/erasures.ts';
import { Manifest } from '../../schemas/models/models.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { trainingIn } from '../places.ts';
import type { Ports } from '../ports.ts';
import { noteDeeds } from './record.ts';
import { isIn, tracesOf } from './traces.ts';

/** A snapshot that was just made is about to be read. */
const YOUNG_MS = 60_000;
/** Where there is a workbench, its step may wait for another attempt; behind that it waits for people, and reads no more. */
const UNREAD_MS = 180_000;
const MANIFEST_BYTES = 1024 * 1024;

/**
 * Removes the snapshots of examples that have something of the user, but for those that somebody reads: a training ends,
 * and then they go. They are noted before, and so are the models that were trained on one of them, or may have been, and
 * what began from the parameters of these.
 */
export async function eraseSnapshots({ config, store }: Ports, { erasure }: Pick<Erasing, 'erasure'>): Promise<void> {
  const snapshots = snapshotsIn(config);
  const spared_ms = (await isAnyTraining(config)) ? UNREAD_MS : YOUNG_MS;
  const ripe: string[] = [];
  for (const sha256 of await snapshotsWith(snapshots, store, erasure)) {
    const used_ms = await snapshots.lastUsed_ms(sha256);
    if (used_ms !== undefined && used_ms <= Date.now() - spared_ms) ripe.push(sha256);
  }
  await noteDeeds(store, erasure, 'snapshot', ripe);
  const goneBefore = await goneWithOthers(store, erasure);
  await noteDeeds(store, erasure, 'model', await taughtBy(modelsIn(config), new Set([...ripe, ...goneBefore])));
  for (const sha256 of ripe) await snapshots.remove(sha256);
}

/**
 * The snapshots that went with the erasures of others when the user had done something already: nobody can look any more
 * whether they had something of him, so they count as if they had.
 */
export async function goneWithOthers(store: RowStore, erasure: string): Promise<string[]> {
  const rows = await store.query<{ name: string }>(
    `SELECT DISTINCT name FROM erasure_deeds WHERE kind = 'snapshot' AND erasure != {erasure:String}
       AND at > (SELECT min(at) FROM erasure_traces WHERE erasure = {erasure:String} HAVING count() > 0)`,
    { erasure },
  );
  return rows.map(({ name }) => name);
}

/** The snapshots that have something of the user, by their hashes; what nobody can read may have. */
export async function snapshotsWith(snapshots: Snapshots, store: RowStore, erasure: string): Promise<string[]> {
  const traces = await tracesOf(store, erasure);
  const verdicts = verdictsOn(`${snapshots.directory} ${erasure}`, traces.hash);
  const look = async (sha256: string) => {
    const dataset = await snapshots.read(sha256, null); // what is not what its name says may have something, too
    return dataset === undefined ? traces.of.size > 0 : isIn(traces, dataset);
  };
  const found: string[] = [];
  for (const sha256 of await snapshots.list()) {
    const isOne = verdicts.get(sha256) ?? (await look(sha256));
    verdicts.set(sha256, isOne);
    if (isOne) found.push(sha256);
  }
  return found;
}

/** What was found in each snapshot, by these traces: it is named by its content, and a look comes every minute. */
const known = new Map<string, { traces: string; verdicts: Map<string, boolean> }>();
const KNOWN = 32;

function verdictsOn(about: string, traces: string): Map<string, boolean> {
  const before = known.get(about);
  if (before?.traces === traces) return before.verdicts;
  const verdicts = new Map<string, boolean>();
  known.delete(about);
  known.set(about, { traces, verdicts });
  if (known.size > KNOWN) known.delete(known.keys().next().value!);
  return verdicts;
}

async function isAnyTraining(config: Config): Promise<boolean> {
  return (await namesIn(path.dirname(trainingIn(config, 'any')))).length > 0;
}

/** The models of the registry that were trained on one of these snapshots. */
export function trainedOn(store: ModelStore, snapshots: ReadonlySet<string>): Promise<string[]> {
  return modelsOf(store, snapshots, ({ snapshot }) => (snapshot === null ? [] : [snapshot]));
}

/** Those, and what began from their parameters. */
function taughtBy(store: ModelStore, snapshots: ReadonlySet<string>): Promise<string[]> {
  return modelsOf(store, snapshots, teachersOf);
}

async function modelsOf(
  store: ModelStore,
  snapshots: ReadonlySet<string>,
  snapshotsOf: (lineage: Manifest['lineage']) => string[],
): Promise<string[]> {
  const models: string[] = [];
  for (const name of snapshots.size > 0 ? await store.list('') : []) {
    const written = await store.read(`${name}/${MANIFEST}`, MANIFEST_BYTES).catch(() => undefined);
    const manifest = written && Manifest.safeParse(JSON.parse(Buffer.from(written).toString('utf8')));
    if (manifest?.success && snapshotsOf(manifest.data.lineage).some(each => snapshots.has(each))) models.push(name);
  }
  return models;
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => [] as string[]);
}
