import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';

/*
 * Who is to be erased stands in `erasures_open` alone, and goes from there with the end. Workflows, their histories, logs
 * and the statements that ClickHouse keeps have the keyed hash: so all statements ask that table.
 */

/** The names of a user, for `IN`: none where the erasure has ended. */
export const usersOf = (erasure: string): string => `(SELECT user FROM erasures_open WHERE erasure = '${erasure}')`;

/**
 * By what names the user is known: the shop's id, and where there are pseudonyms, those too.
 *
 * @throws NOT_FOUND where nobody asked for it, or it has ended
 */
export async function namesOf(store: RowStore, erasure: string): Promise<string[]> {
  const rows = await store.query<{ user: string }>(
    'SELECT DISTINCT user FROM erasures_open WHERE erasure = {erasure:String} ORDER BY user',
    { erasure },
  );
  if (rows.length > 0) return rows.map(({ user }) => user);
  throw new TemperError('NOT_FOUND', {
    where: `erasure ${erasure}`,
    expected: 'a row of erasures_open that says whom it is about',
    got: 'none',
    next: 'It has ended, or was never asked for: `temper erase USER` does that',
  });
}
