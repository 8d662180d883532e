import { TemperError } from '../../../schemas/errors.ts';
import { Refused } from '../refused.ts';
import type { Note, Step } from '../step.ts';

/** One entry of a file, with the line on which it begins; or why it is none. */
export type Entry<T> = { line: number; raw: string } & ({ ok: true; value: T } | { ok: false; reason: string });

/**
 * How every format is read that need not be sorted: entry by entry into steps.
 *
 * @param expected what a file of this format holds, for the error that says it holds something else
 */
export async function* readSteps<S>(
  file: string,
  expected: string,
  entries: AsyncIterable<Entry<S>>,
  understand: (value: S) => Iterable<Step>,
): AsyncGenerator<Step> {
  const all = understood(entries, (value: S) => [...understand(value)]);
  for await (const entry of recognised(file, expected, all)) {
    if (entry.ok) yield* entry.value.map(step => placed(step, entry));
    else yield { kind: 'rejected', ...note(entry, entry.reason) };
  }
}

/** Makes of each entry what it means. */
export async function* understood<S, T>(
  entries: AsyncIterable<Entry<S>>,
  understand: (value: S) => T,
): AsyncGenerator<Entry<T>> {
  for await (const entry of entries) yield entry.ok ? attempt(entry, understand) : entry;
}

const JUDGED = 100;

/**
 * Passes entries on, but holds the first hundred back until it is clear that the file is of the format at all:
 * where more than half of them are bad, nothing of the file reaches a topic.
 */
export async function* recognised<T>(
  file: string,
  expected: string,
  entries: AsyncIterable<Entry<T>>,
): AsyncGenerator<Entry<T>> {
  let held: Entry<T>[] | undefined = [];
  for await (const entry of entries) {
    if (!held) {
      yield entry;
      continue;
    }
    held.push(entry);
    if (held.length < JUDGED) continue;
    judge(file, expected, held);
    yield* held;
    held = undefined;
  }
  if (!held) return;
  judge(file, expected, held);
  yield* held;
}

const RAW_CHARS = 200;

export function note({ line, raw }: Pick<Entry<unknown>, 'line' | 'raw'>, reason: string): Note {
  return { where: `line ${line}`, reason, raw: raw.slice(0, RAW_CHARS) };
}

/** A reader of one entry knows why it skips; only here is known where the entry stood. */
function placed(step: Step, entry: Entry<unknown>): Step {
  return step.kind === 'skipped' ? { ...step, ...note(entry, step.reason) } : step;
}

function attempt<S, T>({ line, raw, value }: Entry<S> & { ok: true }, understand: (value: S) => T): Entry<T> {
  try {
    return { ok: true, line, raw, value: understand(value) };
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    return { ok: false, line, raw, reason: cause.message };
  }
}

function judge<T>(file: string, expected: string, entries: readonly Entry<T>[]): void {
  const bad = entries.flatMap(entry => (entry.ok ? [] : [entry]));
  if (entries.length > 0 && bad.length <= entries.length / 2) return;
  const [first] = bad;
  throw new TemperError('INPUT_INVALID', {
    expected,
    got: first
      ? `${bad.length} bad entries among the first ${entries.length}; line ${first.line}: ${first.reason}`
      : 'nothing',
    where: file,
    next: 'Is --format right? `temper replay --help` describes each format',
  });
}
