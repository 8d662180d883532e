import type { Store } from '../../../schemas/clickhouse.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { surely } from '../../surely.ts';
import { Loaded, type Noted, Notes } from '../progress.ts';
import { chunksOf } from './chunks.ts';
import type { ArchiveFile } from './files.ts';
import { Landing, type Range } from './landing.ts';
import { putRows, type Row } from './put.ts';
import { verdictOn } from './verdicts.ts';

/** A row that was refused. */
export interface Rejection {
  file: string;
  /** From 1, as editors count lines. */
  row: number;
  reason: string;
  detail: string;
}

export interface LoadOptions {
  store: Store;
  /** Aborted: the next call goes on where this one stopped. */
  signal: AbortSignal;
  onProgress(loaded: Loaded): void;
  onRejection(rejection: Rejection): void;
}

const NOTHING: Omit<Loaded, 'begun_ms'> = {
  ...{ rows: 0, bytes: 0, landed: 0, events: 0, products: 0, lists: 0, skipped: 0, refused: 0 },
  done: false,
};

/**
 * A file into `events`, `catalogue`, `ranked_lists` and `dead_letters`. ClickHouse reads it, and says which events are
 * plain; the rest is judged here by the topics' own code. A row is known by the file's content and its number, and is not
 * put where it is: what is done twice changes nothing.
 *
 * @returns how far it is loaded; not `done` where the signal aborted
 * @throws INPUT_INVALID where most of its first rows are refused; then nothing of it is in any table
 */
export async function loadFile(file: ArchiveFile, options: LoadOptions): Promise<Loaded> {
  const { store, signal } = options;
  const noted = await new Notes(store, Loaded).read(file.topic, { ...NOTHING, begun_ms: Date.now() });
  const { state } = noted;
  if (state.done) return state;
  options.onProgress(state);
  const work: Work = { ...options, file, landing: new Landing(store, file), noted, mayBeThere: true };
  try {
    await (file.format === 'parquet' ? loadParquet(work) : loadLines(work));
    if (signal.aborted) return state;
    if (state.rows === 0) throw notAnArchive(file, 'nothing');
  } catch (error) {
    if (error instanceof TemperError && !error.retryable) await work.landing.drop();
    throw error;
  }
  state.done = true;
  await noted.write();
  await work.landing.drop();
  return state;
}

interface Work extends LoadOptions {
  file: ArchiveFile;
  landing: Landing;
  noted: Noted<Loaded>;
  /** Whoever was here before may have moved what comes first, and died before he noted it. */
  mayBeThere: boolean;
}

async function loadLines(work: Work): Promise<void> {
  const { file, landing, noted, signal } = work;
  for await (const chunk of chunksOf(file, noted.state)) {
    await surely(async () => {
      await landing.make();
      await landing.takeLines(chunk, noted.state.begun_ms);
    });
    await settle(work, { from: chunk.first, end: chunk.first + chunk.rows }, chunk.end_bytes);
    if (signal.aborted) return;
  }
}

async function loadParquet(work: Work): Promise<void> {
  const { landing, noted, signal } = work;
  const { state } = noted;
  if (state.landed === 0 || (await landing.rows()) !== state.landed) {
    await landing.make();
    if (!(await landing.takeParquet(state.begun_ms, signal))) return;
    state.landed = await landing.rows();
    await noted.write();
  }
  while (state.rows < state.landed && !signal.aborted) {
    const end = Math.min(state.rows + LIMITS.import_rows_per_step, state.landed);
    await settle(work, { from: state.rows, end });
  }
}

/** Moves what has landed to where it belongs, then notes that it is there. */
async function settle(work: Work, range: Range, bytes = 0): Promise<void> {
  const { landing, noted, onProgress } = work;
  const { state } = noted;
  const counts = await judge(work, range);
  state.events += await landing.moveEvents(range, work.mayBeThere);
  for (const kind of KINDS) state[kind] += counts[kind];
  Object.assign(state, { rows: range.end, bytes });
  await noted.write();
  work.mayBeThere = false;
  onProgress(state);
}

const KINDS = ['events', 'products', 'lists', 'skipped', 'refused'] as const;
type Counts = Record<(typeof KINDS)[number], number>;

/** Those that are not plain, to where their verdicts send them; nothing before the first rows are found good enough. */
async function judge(work: Work, range: Range): Promise<Counts> {
  const { store, file, landing, noted, onRejection } = work;
  const { topic } = file;
  const counts: Counts = { events: 0, products: 0, lists: 0, skipped: 0, refused: 0 };
  const first: Rejection[] = [];
  let judged = range.from > 0;
  const blocks = new Map<string, Row[]>();
  const send = async (table: string) => {
    const block = blocks.get(table)!;
    blocks.delete(table);
    await putRows(store, table, block, work.mayBeThere);
  };
  for await (const { row, raw } of landing.doubtful(range)) {
    if (!judged && row >= JUDGED) {
      requireArchive(file, first, JUDGED);
      judged = true;
    }
    const verdict = verdictOn(raw, { topic, row }, noted.state.begun_ms);
    counts[verdict.kind] += 1;
    if (verdict.kind === 'skipped') continue;
    if (verdict.kind === 'refused') {
      const rejection = { file: file.path, row: row + 1, reason: verdict.reason, detail: verdict.detail };
      onRejection(rejection);
      if (!judged) first.push(rejection);
    }
    const [table, made] =
      verdict.kind === 'refused' ? ['dead_letters', [verdict.letter]] : [verdict.table, verdict.rows];
    const block = blocks.get(table) ?? [];
    blocks.set(table, block);
    for (const each of made as { at: number }[]) {
      block.push({ ...each, topic, partition: 0, offset: row, recorded: each.at });
    }
    if (judged && block.length >= LIMITS.rows_per_insert) await send(table);
  }
  if (!judged) requireArchive(file, first, Math.min(JUDGED, range.end));
  for (const table of [...blocks.keys()]) await send(table);
  return counts;
}

/** Of so many first rows at least half have to be good. */
const JUDGED = 100;

function requireArchive(file: ArchiveFile, bad: readonly Rejection[], judged: number): void {
  const [first] = bad;
  if (!first || bad.length <= judged / 2) return;
  const why = `row ${first.row}: ${first.reason}, ${first.detail}`;
  throw notAnArchive(file, `${bad.length} bad rows among the first ${judged}; ${why}`);
}

function notAnArchive({ path }: ArchiveFile, got: string): TemperError {
  return new TemperError('INPUT_INVALID', {
    expected: 'records of the topics as JSON lines or Parquet: events (type), products (title), lists (items or shown)',
    got,
    where: path,
    next: 'docs/operations.md has the columns and fields',
  });
}
