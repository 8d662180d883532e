import { createHash } from 'node:crypto';
import path from 'node:path';
import { TemperError } from '../../../schemas/errors.ts';
import { bytesOf, type Column, isColumn, readArrays, writeArrays } from '../../array-file.ts';
import { removeDrafts } from '../../whole-file.ts';

const KIND = 'checkpoint';
const FILE = 'checkpoint';

/**
 * Replaces the directory's checkpoint. A full disk, or a kill at any moment, leaves the last one whole.
 *
 * The state is all that training needs in order to go on as if it had not been stopped, in whatever form the training
 * holds it: records and lists of numbers, texts and typed arrays, such as the `state` of a trainer, of tables and of a
 * moving average, the epoch, and how many batches of it are done. Random streams are named by seed and epoch and need
 * not be kept. The arrays must not change before this is done. One process at a time writes to a directory.
 *
 * @param run what the training is, by `runName`
 * @throws DISK_FULL; INPUT_INVALID where the state holds something else, with its place
 */
export async function writeCheckpoint(directory: string, run: string, state: object): Promise<void> {
  const target = path.join(directory, FILE);
  const arrays: Record<string, Column> = {};
  const meta = { run, state: detach(state, arrays, 'state') };
  await removeDrafts(target);
  await writeArrays(target, { kind: KIND, meta, arrays });
}

/**
 * The directory's checkpoint of this run, or undefined where there is none, or one of another run, or one whose sha256
 * tells that it was cut short or changed. It is equal to what was written; its arrays may be written to.
 */
export async function readCheckpoint<S extends object>(directory: string, run: string): Promise<S | undefined> {
  try {
    const { meta, arrays } = await readArrays(path.join(directory, FILE), KIND);
    const found = meta as { run: string; state: unknown };
    return found.run === run ? (attach(found.state, arrays) as S) : undefined;
  } catch (error) {
    if (error instanceof TemperError && error.code === 'INPUT_INVALID') return undefined;
    throw error;
  }
}

/** Names a run by all that its result depends on: the same name, the same parameters in the end. */
export function runName(settings: unknown, columns: readonly Column[]): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const column of columns) hash.update(bytesOf(column));
  return hash.digest('hex');
}

/** What stands in JSON for what JSON has not: an array by its name in the file, a number that is not finite. */
type Standin = { $array: string } | { $number: string };

/** The state as JSON can hold it; its arrays are put aside, numbered in the order in which they are met. */
function detach(state: unknown, arrays: Record<string, Column>, place: string): unknown {
  if (isColumn(state)) {
    const name = String(Object.keys(arrays).length);
    arrays[name] = state;
    return { $array: name } satisfies Standin;
  }
  if (typeof state === 'number' && !Number.isFinite(state)) return { $number: String(state) } satisfies Standin;
  if (Array.isArray(state)) return state.map((each, at) => detach(each, arrays, `${place}.${at}`));
  if (isRecord(state)) {
    return Object.fromEntries(
      Object.entries(state).map(([key, each]) => [key, detach(each, arrays, `${place}.${key}`)]),
    );
  }
  if (state === null || ['number', 'string', 'boolean', 'undefined'].includes(typeof state)) return state;
  throw new TemperError('INPUT_INVALID', {
    where: `a checkpoint's ${place}`,
    expected: 'records and lists of numbers, texts and typed arrays',
    got: typeof state === 'object' ? (state as object).constructor.name : typeof state,
  });
}

function attach(state: unknown, arrays: Record<string, Column>): unknown {
  if (Array.isArray(state)) return state.map(each => attach(each, arrays));
  if (!isRecord(state)) return state;
  const { $array, $number } = state as Record<string, string | undefined>;
  if ($array !== undefined) return arrays[$array];
  if ($number !== undefined) return Number($number);
  return Object.fromEntries(Object.entries(state).map(([key, each]) => [key, attach(each, arrays)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
