import { expect, it } from 'vitest';
import { deedOf } from '../../../../models/features/deeds.ts';
import type { ShopEvent } from '../../../../schemas/topics/events.ts';
import { agreement, agreementWithSql } from '../../../../streams/features/backfill/compare.ts';
import { LiveKeys } from '../../../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../../../streams/features/log/keys/names.ts';
import { Replica } from '../../../../streams/features/log/replica.ts';
import { type Toy, USER_TOYS } from '../toy.ts';

const T0 = 1_700_000_000_000;
const bought = (n: number, user: string, value: number): ShopEvent => {
  return { v: 1, id: `${n}`, type: 'purchase', at_ms: T0 + n, user, session: 's', item: 'a', value };
};

function replicaOf(events: readonly ShopEvent[]): Replica<Toy> {
  const replica = new Replica(USER_TOYS, 'test', new Names(), new LiveKeys<Toy>(2));
  for (const event of events) USER_TOYS.reduce(replica.entryOf(event.user).state, deedOf(event));
  return replica;
}

const compared = async (serving: readonly ShopEvent[], rebuilt: readonly ShopEvent[], late: string[]) =>
  agreement(USER_TOYS.format.reducer, replicaOf(serving), replicaOf(rebuilt), new Set(late), async () => {});

it('tells apart what a backfill brings and what it should not change', async () => {
  const [a, b, c] = [bought(1, 'u', 10), bought(2, 'u', 20), bought(3, 'w', 5)];
  expect(await compared([a, b, c], [a, b, c], ['user.paid'])).toEqual({
    keys: 2,
    compared: 4,
    different: 0,
    example: null,
    changed: 0,
  });
  expect(await compared([b, c], [a, b, c], ['user.paid'])).toMatchObject({ different: 0, changed: 1 });
  const { different, example } = await compared([b, c], [a, b, c], ['item.paid']);
  expect(different).toBe(1);
  expect(example).toMatchObject({ key: 'u', feature: 'user.paid' });
  expect(await compared([a, c], [a], ['item.paid'])).toMatchObject({ different: 1, example: { key: 'w', rebuilt: 0 } });
});

it('of all features knows none that should not change', async () => {
  const [a, b, c] = [bought(1, 'u', 10), bought(2, 'u', 20), bought(3, 'w', 5)];
  expect(await compared([a, b, c], [b, c], [])).toEqual({
    keys: 2,
    compared: 0,
    different: 0,
    example: null,
    changed: 1,
  });
});

it('tells what the declared SQL has otherwise of the same events, where no two of one moment decide', () => {
  const rebuilt = replicaOf([bought(1, 'u', 10), bought(2, 'u', 20), bought(3, 'w', 5)]);
  const { declared } = USER_TOYS.format.reducer;
  const bySql = (paid: Record<string, number>, ties: string[] = []) => {
    const rows = Object.entries(paid).map(([key, sum]) => ({ key, as_of: T0 + 3, ties, 'user.paid': sum }));
    return agreementWithSql(USER_TOYS.format.reducer, rebuilt, rows);
  };
  expect(declared.map(({ name }) => name)).toContain('user.paid');
  expect(bySql({ u: 30, w: 5 })).toEqual({ keys: 2, compared: 2, different: 0, example: null });
  const example = { key: 'u', feature: 'user.paid', rebuilt: expect.closeTo(30, 5), sql: 20 };
  expect(bySql({ u: 20, w: 5 })).toEqual({ keys: 2, compared: 2, different: 1, example });
  expect(bySql({ u: 20 }, ['user.paid'])).toEqual({ keys: 1, compared: 0, different: 0, example: null });
  expect(bySql({ nobody: 7 })).toMatchObject({ different: 1, example: { key: 'nobody', rebuilt: 0, sql: 7 } });
});
