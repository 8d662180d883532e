import { TemperError } from '../schemas/errors.ts';

/** Results go to standard output: one JSON object with --json, sentences without. Everything else goes to standard error. */
export function printResult(result: object, json: boolean | undefined, forPeople: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${harmless(forPeople())}\n`);
}

export function progress(line: string): void {
  process.stderr.write(`${harmless(line)}\n`);
}

/**
 * Text as a terminal may get it: ids, titles and words of errors come from outside, and must not move its cursor, name
 * its window or write what is typed next. Colours and new lines stay; of other control characters stands U+FFFD.
 */
export function harmless(text: string): string {
  return text.replace(/\p{Cc}\[[\d;]*m|[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, found =>
    found.length > 1 && '\u001b\n\t'.includes(found[0]!) ? found : `\ufffd${found.slice(1)}`,
  );
}

/** What Temper names is told in its own sentence; what it does not name is a bug, and keeps its stack. */
export function explain(error: unknown): string {
  if (error instanceof TemperError) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}

/** Rows in columns, for people. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((max, row) => row.map((cell, i) => Math.max(max[i] ?? 0, cell.length)), []);
  return rows
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
