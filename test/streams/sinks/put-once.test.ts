import { expect, it } from 'vitest';
import type { Store } from '../../../schemas/clickhouse.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { putOnce } from '../../../streams/sinks/put-once.ts';

const PLACE = { table: 'events', topic: 'shop.events', partition: 3 };

/** An insert of three rows whose first answer is lost, into a table that has so many of them by then. */
async function triesWhere(there: number): Promise<{ tries: number; asked: unknown[] }> {
  let tries = 0;
  const asked: unknown[] = [];
  const query = async (_sql: string, params: unknown) => {
    asked.push(params);
    return [{ rows: String(there) }];
  };
  const into = async () => {
    if (++tries === 1) throw new TemperError('UNREACHABLE', { where: 'ClickHouse' });
  };
  const insert = { first: 10, last: 12, rows: 3, bytes: 1, into };
  await putOnce({ query } as unknown as Store, insert, PLACE, async () => {});
  return { tries, asked };
}

it('an insert of which nobody knows what became is looked for, and made again where its rows are not all there', async () => {
  const range = { topic: 'shop.events', partition: 3, first: 10, last: 12 };
  expect(await triesWhere(3)).toEqual({ tries: 1, asked: [range] });
  expect(await triesWhere(6)).toEqual({ tries: 1, asked: [range] }); // a copy that came late
  expect(await triesWhere(0)).toEqual({ tries: 2, asked: [range] });
  expect(await triesWhere(2)).toEqual({ tries: 2, asked: [range] });
});
