import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { TemperError } from '../../../schemas/errors.ts';

/** A query with what people said of it: the grades of the catalogue's products, 0 where nobody did. */
export interface JudgedQuery {
  query: string;
  grades: Uint8Array;
  /** The products that somebody judged. */
  judged: Int32Array;
}

const Row = z.object({ query: z.string().min(1), docid: z.string(), rating: z.coerce.number().int().min(0).max(4) });

/**
 * Reads a CSV file with the columns query, docid and rating. Products that are not in the catalogue are left out, and so
 * are queries without a relevant one.
 *
 * @param places the products' numbers by id
 * @throws INPUT_INVALID
 */
export function readJudgements(file: string, places: ReadonlyMap<string, number>): JudgedQuery[] {
  const byQuery = new Map<string, Map<number, number>>();
  for (const { query, docid, rating } of rowsOf(file)) {
    const place = places.get(docid);
    if (place === undefined) continue;
    byQuery.set(query, (byQuery.get(query) ?? new Map()).set(place, rating));
  }
  return Array.from(byQuery, ([query, ratings]) => {
    const grades = new Uint8Array(places.size);
    for (const [place, rating] of ratings) grades[place] = rating;
    return { query, grades, judged: Int32Array.from(ratings.keys()) };
  }).filter(({ grades }) => grades.some(grade => grade > 0));
}

function rowsOf(file: string): z.infer<typeof Row>[] {
  try {
    return z.array(Row).parse(parse(readFileSync(file), { columns: true, bom: true, skip_empty_lines: true }));
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: file, expected: 'a CSV of query,docid,rating', cause });
  }
}
