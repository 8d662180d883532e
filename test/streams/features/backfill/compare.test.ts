import { expect, it } from 'vitest';
import { deedOf } from '../../../../models/features/deeds.ts';
import type { ShopEvent } from '../../../../schemas/events.ts';
import { agreement } from '../../../../streams/features/backfill/compare.ts';
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

const compared = (serving: readonly ShopEvent[], rebuilt: readonly ShopEvent[], late: string[]) =>
  agreement(USER_TOYS.format.reducer, replicaOf(serving), replicaOf(rebuilt), new Set(late));

it('tells apart what a backfill brings and what it should not change', () => {
  const [a, b, c] = [bought(1, 'u', 10), bought(2, 'u', 20), bought(3, 'w', 5)];
  expect(compared([a, b, c], [a, b, c], ['user.paid'])).toEqual({
    keys: 2,
    compared: 4,
    different: 0,
    example: null,
    changed: 0,
  });
  expect(compared([b, c], [a, b, c], ['user.paid'])).toMatchObject({ different: 0, changed: 1 });
  const { different, example } = compared([b, c], [a, b, c], []);
  expect(different).toBe(1);
  expect(example).toMatchObject({ key: 'u', feature: 'user.paid' });
  expect(compared([a, c], [a], [])).toMatchObject({ keys: 2, different: 1, example: { key: 'w', rebuilt: 0 } });
});
