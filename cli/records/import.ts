import { openStore } from '../../schemas/clickhouse.ts';
import { readPolicies } from '../../schemas/policies/policies.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { startStore } from '../../services/index.ts';
import { type Imported, importArchive, type Step } from '../../streams/import/import.ts';
import { findFiles } from '../../streams/import/load/files.ts';
import { onAskedToStop } from '../asked-to-stop.ts';
import { explain, printResult, progress, table } from '../output.ts';
import { readNote } from '../stack/endpoints.ts';

export interface ImportOptions {
  catalogue: string[];
  json?: boolean;
}

/**
 * Imports into the ClickHouse of the configuration, of the Temper that runs on this data directory, or into one that
 * is started and stopped again: Kafka and Temporal are not needed. 0 where all is imported, 1 where it was stopped or
 * can't go on.
 */
export async function importFiles(patterns: readonly string[], options: ImportOptions): Promise<number> {
  const config = readConfig();
  const stopping = new AbortController();
  onAskedToStop(() => stopping.abort());
  const begun = performance.now();
  try {
    const files = await findFiles([...options.catalogue, ...patterns]);
    const clickhouse = config.clickhouse ?? (await readNote(config))?.clickhouse;
    const service = await startStore({ ...config, clickhouse }, { progress, signal: stopping.signal });
    const store = await openStore(service.endpoint, config.clickhouseDatabase, config.clickhouseTls);
    const onStep = showSteps();
    try {
      const purchase_ms = config.purchaseWindow_ms;
      const { currencies } = readPolicies(config.policy);
      const signal = stopping.signal;
      const imported = await importArchive({ store, files, purchase_ms, currencies, signal, onStep });
      print(imported, (performance.now() - begun) / 1e3, options.json);
      return imported.done ? 0 : 1;
    } finally {
      await store.stop();
      await service.stop();
    }
  } catch (error) {
    progress(stopping.signal.aborted ? STOPPED : `temper: ${explain(error)}`);
    return 1;
  }
}

const STOPPED = 'stopped; the same command goes on from here';

function print(imported: Imported, wall_s: number, json: boolean | undefined): void {
  const { rejections, examples, done, ...counts } = imported;
  if (!done) progress(STOPPED);
  printResult({ ...imported, wall_s: Math.round(wall_s * 10) / 10 }, json, () =>
    [
      table([
        ...Object.entries(counts).map(([name, n]) => [name, String(n)]),
        ['examples', `${examples.lists} lists, ${examples.rows} rows`],
      ]),
      ...rejections.map(({ file, row, reason, detail }) => `${file}, row ${row}: ${reason}, ${detail}`),
      ...(done && examples.lists === 0 ? [NO_LISTS] : []),
      ...(done && imported.events > 0 ? [NOT_SERVED] : []),
    ].join('\n'),
  );
}

const NO_LISTS = `There are events now and features of them, but no examples: nothing tells what was shown.
Examples need impressions (type, list, position), lists (items), or requests with what was shown.`;

/** Said behind each import: a second one of the same files changes nothing, and so does a second backfill. */
const NOT_SERVED =
  'Examples have these events; what serves has them when `temper backfill --all` has taken them into the states of users and items.';

const SHOW_MS = 2_000;

/** A line on standard error every two seconds, and one when a stage is over. */
function showSteps(): (step: Step) => void {
  let [stage, next_ms] = ['', 0];
  let begun = { at_ms: 0, done: 0 };
  return step => {
    const { name, done, of, unit } = told(step);
    const now_ms = performance.now();
    if (name !== stage) {
      [stage, begun, next_ms] = [name, { at_ms: now_ms, done }, now_ms + SHOW_MS];
      return progress(name);
    }
    if (now_ms < next_ms && done !== of) return;
    next_ms = now_ms + SHOW_MS;
    const rate = ((done - begun.done) / (now_ms - begun.at_ms)) * 1e3;
    const left_s = of !== undefined && rate > 0 ? Math.ceil((of - done) / rate) : undefined;
    const much = of === undefined ? whole(done) : `${whole(done)} of ${whole(of)}`;
    progress(`${name}: ${much} ${unit}, ${whole(rate)} a second${left_s === undefined ? '' : `, ${left_s} s to go`}`);
  };
}

function told(step: Step): { name: string; done: number; of: number | undefined; unit: string } {
  switch (step.stage) {
    case 'read':
      return { name: `reading ${step.file}`, done: step.done, of: undefined, unit: 'bytes' };
    case 'load': {
      const { file, loaded } = step;
      const share = file.format === 'parquet' ? undefined : loaded.bytes / file.bytes;
      const known = share === undefined ? loaded.landed : Math.round(loaded.rows / share);
      const of = known > 0 && !file.gzip && Number.isFinite(known) ? known : undefined;
      return { name: `loading ${file.path}`, done: loaded.rows, of, unit: 'rows' };
    }
    case 'examples': {
      const { events, of, parts, part, rows } = step.made;
      const which = parts > 1 ? `, users ${Math.min(part + 1, parts)} of ${parts}` : '';
      return { name: 'making examples', done: events, of, unit: `events${which} (${whole(rows)} rows made)` };
    }
  }
}

function whole(n: number): string {
  return Math.round(n).toLocaleString('en');
}
