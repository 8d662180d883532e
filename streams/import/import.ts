import type { Store } from '../../schemas/clickhouse.ts';
import type { Currencies } from '../../schemas/policies/currencies.ts';
import { makeExamples, type Progress } from './examples/make.ts';
import { type ArchiveFile, identify } from './load/files.ts';
import { loadFile, type Rejection } from './load/load.ts';
import type { Loaded } from './progress.ts';

export interface ImportOptions {
  store: Store;
  files: readonly string[];
  /** How long a list gathers what its user did. */
  purchase_ms: number;
  /** What prices are worth; they are taken as they stand, if nothing is said. */
  currencies?: Currencies;
  /** Aborted: the next call goes on where this one stopped. */
  signal: AbortSignal;
  onStep(step: Step): void;
  usersAtOnce?: number;
  eventsAtOnce?: number;
}

/** What is in work. */
export type Step =
  | { stage: 'read'; file: string; done: number }
  | { stage: 'load'; file: ArchiveFile; loaded: Loaded }
  | { stage: 'examples'; made: Progress };

export type Totals = Pick<Loaded, 'rows' | 'events' | 'products' | 'lists' | 'skipped' | 'refused'>;

export interface Imported extends Totals {
  files: number;
  /** The first of the refused that this call has met. */
  rejections: Rejection[];
  examples: Pick<Progress, 'lists' | 'rows' | 'parts'>;
  /** False where the signal aborted. */
  done: boolean;
}

const REJECTIONS = 20;

/**
 * An archive into ClickHouse, then into examples, without Kafka. A second call with the same files changes nothing; one
 * that was stopped or killed goes on.
 */
export async function importArchive(options: ImportOptions): Promise<Imported> {
  const { store, signal, onStep } = options;
  const totals: Totals = { rows: 0, events: 0, products: 0, lists: 0, skipped: 0, refused: 0 };
  const imported: Imported = {
    ...{ files: options.files.length, ...totals, rejections: [] },
    ...{ examples: { lists: 0, rows: 0, parts: 0 }, done: false },
  };
  const files = new Map<string, ArchiveFile>();
  for (const path of options.files) {
    const file = await identify(path, done => onStep({ stage: 'read', file: path, done }));
    if (signal.aborted) return imported;
    files.set(file.topic, file); // of two with the same content one is enough
  }
  for (const file of files.values()) {
    const loaded = await loadFile(file, {
      ...{ store, signal },
      onProgress: loaded => onStep({ stage: 'load', file, loaded }),
      onRejection: rejection => imported.rejections.length < REJECTIONS && imported.rejections.push(rejection),
    });
    for (const kind of Object.keys(totals) as (keyof Totals)[]) imported[kind] += loaded[kind];
    if (!loaded.done) return imported;
  }
  const made = await makeExamples({
    ...options,
    topics: [...files.keys()],
    onProgress: made => onStep({ stage: 'examples', made }),
  });
  const { lists, rows, parts, done } = made;
  return { ...imported, examples: { lists, rows, parts }, done };
}
