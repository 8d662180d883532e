import path from 'node:path';
import { Modality } from '../../../schemas/topics/vectors.ts';
import { type ArrayFile, type Column, readArrays, unpackArrays, writeArrays } from '../../array-file.ts';
import type { Journeys } from '../../next-item/journeys.ts';
import { HISTORY } from '../model.ts';
import type { Dataset } from './dataset.ts';
import { refuse, requireSound } from './soundness.ts';

/** A snapshot's file, and what it has to hold. */
export interface DatasetFile {
  path: string;
  /** sha256 of its content; null for whoever wants to know of whatever lies there, as an erasure does. */
  sha256: string | null;
}

const KIND = 'dataset';
const ENDING = '.dataset';
/**
 * Of the file. Whoever changes what stands in it goes on reading files of before, of which `test/fixtures/datasets` has one
 * of each version. 1 and 2 were never released, and are refused.
 */
const VERSION = 3;
/** The width of histories in files that do not say it. */
const FORMER_HISTORY = 50;

/** What of a dataset is not an array, as it stands in its file. */
interface Meta {
  version: number;
  featureNames: string[];
  rows: number;
  items: string[];
  /** How many places each list's history has; it is a limit of the code that wrote it. */
  history?: number;
  languages?: string[];
  contents: Partial<Record<Modality, { encoder: string; width: number }>>;
  journeys?: Pick<Journeys, 'items' | 'described'>;
}

const EVENTS = ['user', 'item', 'at_ms'] as const;

/**
 * Writes a snapshot into a directory; its content's sha256 is its name.
 *
 * @throws INPUT_INVALID where the rows break what `Dataset` says, DISK_FULL
 */
export async function writeDataset(directory: string, dataset: Dataset): Promise<{ path: string; sha256: string }> {
  requireSound(dataset, 'the dataset to write');
  const { featureNames, rows, items, languages, language, contents, journeys, describe: _, ...columns } = dataset;
  const arrays: Record<string, Column> = { ...columns, ...(language && { language }) };
  const meta: Meta = {
    ...{ version: VERSION, featureNames, rows, items, history: HISTORY, contents: {} },
    ...(languages && { languages }),
  };
  for (const modality of Modality.options) {
    const content = contents[modality];
    if (!content) continue;
    meta.contents[modality] = { encoder: content.encoder, width: content.width };
    arrays[`${modality}.vectors`] = content.vectors;
    arrays[`${modality}.present`] = content.present;
  }
  if (journeys) {
    meta.journeys = { items: journeys.items, described: journeys.described };
    for (const name of EVENTS) arrays[`journeys.${name}`] = journeys[name];
  }
  return await writeArrays(sha256 => datasetFile(directory, sha256), { kind: KIND, meta, arrays });
}

/** Where a directory of snapshots has the one of this content. */
export const datasetFile = (directory: string, sha256: string): string => path.join(directory, `${sha256}${ENDING}`);

/** Of some files of such a directory the hashes of those that are snapshots. */
export const hashesIn = (names: readonly string[]): string[] =>
  names.filter(name => name.endsWith(ENDING)).map(name => path.basename(name, ENDING));

/** The one of this content, in a directory of snapshots. */
export const storedDataset = (directory: string, sha256: string) => ({ path: datasetFile(directory, sha256), sha256 });

/**
 * Reads a snapshot, and no other one under its name: what a manifest or a verdict says of examples is said of these.
 *
 * @throws INPUT_INVALID where it is not one, was cut short or changed, or is not the one that is asked for
 */
export async function readDataset(file: DatasetFile): Promise<{ dataset: Dataset; sha256: string }> {
  return datasetOf(await readArrays(file.path, KIND), file);
}

/** The same of a file's bytes, as `unpackArrays` takes them; the path is for errors. */
export function unpackDataset(bytes: Buffer, file: DatasetFile): { dataset: Dataset; sha256: string } {
  return datasetOf(unpackArrays(bytes, KIND, file.path), file);
}

function datasetOf(
  { meta, arrays, sha256 }: ArrayFile & { sha256: string },
  { path: file, sha256: expected }: DatasetFile,
): { dataset: Dataset; sha256: string } {
  if (expected !== null && sha256 !== expected) refuseAnother(file, expected, sha256);
  const { version = 1, contents: declared, journeys, history: width = FORMER_HISTORY, ...said } = meta as Meta;
  if (version !== VERSION)
    refuse(file, `version ${VERSION}`, `version ${version}`, 'Read it with the Temper that wrote it');
  if (arrays.history) arrays.history = widened(arrays.history, width);
  const contents: Dataset['contents'] = {};
  for (const modality of Modality.options) {
    const { [`${modality}.vectors`]: vectors, [`${modality}.present`]: present } = arrays;
    delete arrays[`${modality}.vectors`];
    delete arrays[`${modality}.present`];
    if (declared[modality]) Object.assign(contents, { [modality]: { ...declared[modality], vectors, present } });
  }
  const events = EVENTS.map(name => [name, arrays[`journeys.${name}`]]);
  for (const name of EVENTS) delete arrays[`journeys.${name}`];
  const walked = journeys && { journeys: { ...journeys, ...Object.fromEntries(events) } };
  const dataset = { ...said, ...arrays, ...walked, contents } as unknown as Dataset;
  requireSound(dataset, file);
  return { dataset, sha256 };
}

/** Histories as a ranker of today looks at them: the newest come first, and behind them -1 where nothing is. */
function widened(history: Column, width: number): Column {
  if (width === HISTORY) return history;
  const lists = Math.floor(history.length / width);
  return Int32Array.from({ length: lists * HISTORY }, (_, at) => {
    const place = at % HISTORY;
    return place < width ? Number(history[Math.floor(at / HISTORY) * width + place]) : -1;
  });
}

function refuseAnother(where: string, expected: string, got: string): never {
  const next =
    'Put the right file back, or take a new snapshot: nothing that was said of these examples holds for others';
  return refuse(where, `examples with sha256 ${expected}`, `others, ${got}`, next);
}
