import { Readable } from 'node:stream';
import { type CsvError, type Info, parse } from 'csv-parse';
import type { Entry } from './entries.ts';
import { ENTRY_CHARS, readText } from './lines.ts';

export type CsvRow = Readonly<Record<string, string | undefined>>;

/**
 * A CSV file with a header, read as a stream.
 *
 * @param name what a column is called in the rows; columns for which it says nothing are left out
 */
export async function* readCsv(
  file: string,
  name: (column: string) => string | undefined,
): AsyncGenerator<Entry<CsvRow>> {
  const bad: Entry<CsvRow>[] = [];
  const parser = parse({
    columns: (header: string[]) => header.map(column => name(column) ?? false),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: ENTRY_CHARS,
    skip_records_with_error: true,
    on_skip: error => void bad.push(malformed(error)),
  });
  const source = Readable.from(readText(file));
  source.on('error', cause => parser.destroy(cause)).pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: CsvRow; info: Info }>) {
      yield* bad.splice(0);
      yield { ok: true, line: info.lines, raw: Object.values(record).join(','), value: record };
    }
    yield* bad;
  } finally {
    source.destroy();
  }
}

function malformed(error: CsvError | undefined): Entry<CsvRow> & { ok: false } {
  return { ok: false, line: Number(error?.lines ?? 0), raw: '', reason: error?.message ?? 'not CSV' };
}
