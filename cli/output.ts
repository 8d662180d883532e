import { TemperError } from '../schemas/errors.ts';

/** Results go to standard output: one JSON object with --json, sentences without. Everything else goes to standard error. */
export function printResult(result: object, json: boolean | undefined, forPeople: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${forPeople()}\n`);
}

export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
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
