import { describe, expect, it } from 'vitest';
import { deedOf } from '../../../models/features/deeds.ts';
import { applyToUser, changeOf, type LiveUser, noUser, valuesOf } from '../../../models/features/states.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { USERS } from '../../../streams/features/log/entities.ts';
import { LiveKeys } from '../../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../../streams/features/log/keys/names.ts';
import { logStart, Replica } from '../../../streams/features/log/replica.ts';
import { BUCKETS } from '../../../streams/features/log/snapshot.ts';
import { UserPartition } from '../../../streams/features/log/user-partition.ts';
import { someEvents, T0 } from '../../models/features/events.ts';
import fc from '../../properties.ts';

/** Two share a bucket's buffer with others; so few are unpacked that they leave and return all the time. */
const USERS_THERE = ['anna', 'ben', 'cleo', 'dora', 'é', 'x'.repeat(128)];
const LIVE = 2;
const ALL = Array.from({ length: BUCKETS }, (_, bucket) => bucket);

const erasureOf = (user: string, n: number): ShopEvent => {
  const signature = { algorithm: 'ed25519' as const, key: 'k-1', at_ms: T0, signature: '' };
  return { v: 1, id: `erasure-${n}`, type: 'erasure', at_ms: T0, user, session: 'erasure', signature };
};
const told = (states: Iterable<readonly [string, LiveUser]>) =>
  Array.from(states, ([key, { at_ms, recent, history, seen, ...cells }]) => {
    return [key, { at_ms, recent, history, seen, values: valuesOf('user', { at_ms, ...cells }) }] as const;
  }).sort(([a], [b]) => (a < b ? -1 : 1));
const statesOf = (replica: Replica<LiveUser>) => told(Array.from(replica.entries(), ({ key, state }) => [key, state]));

describe('an erased user', () => {
  it('is as one of whom nothing was ever heard, packed or not, also over restarts, and begins anew', () => {
    fc.assert(
      fc.property(someEvents, fc.infiniteStream(fc.nat(1_000)), (events, draws) => {
        const draw = (below: number) => (draws.next().value as number) % below;
        const log: Buffer[] = [];
        const snapshots = new Map<number, Buffer>();
        const restored = () => {
          const replica = new Replica(USERS, 'test', new Names(), new LiveKeys<LiveUser>(LIVE));
          for (const value of snapshots.values()) replica.offer(value);
          for (const value of log.slice(logStart(replica.restore()))) replica.apply(value);
          replica.catchUp();
          return replica;
        };
        let replica = restored();
        let job = new UserPartition(USERS, undefined, 1, 0, replica);
        job.begin(0);
        const wanted = new Map<string, LiveUser>();
        for (const [offset, each] of events.entries()) {
          const user = USERS_THERE[draw(USERS_THERE.length)]!;
          if (draw(4) === 0) {
            job.take(deedOf(erasureOf(user, offset)), offset);
            wanted.delete(user);
          } else {
            const event = { ...each, user };
            job.take(deedOf(event), offset);
            wanted.set(user, wanted.get(user) ?? noUser());
            applyToUser(wanted.get(user)!, changeOf(event));
          }
          if (draw(3) > 0) continue;
          log.push(job.pack(offset + 1, T0).users);
          if (draw(3) === 0) {
            for (const bucket of ALL.slice(draw(2) * draw(BUCKETS))) {
              snapshots.set(bucket, replica.snapshot(bucket, log.length));
            }
          }
          if (draw(3) > 0) continue;
          replica = restored();
          job = new UserPartition(USERS, undefined, 1, 0, replica);
          expect(replica.size).toBe(wanted.size);
        }
        expect(statesOf(replica)).toEqual(told(wanted));
        log.push(job.pack(events.length, T0).users);
        expect([replica.size, statesOf(restored())]).toEqual([wanted.size, told(wanted)]);
        const all = Buffer.concat(ALL.map(bucket => replica.snapshot(bucket, log.length)));
        for (const user of USERS_THERE) if (!wanted.has(user)) expect(all.includes(user)).toBe(false);
      }),
    );
  });

  it('is noticed by whoever restores, until all snapshots have been written behind it', () => {
    const log: Buffer[] = [];
    const snapshots = new Map<number, Buffer>();
    const restored = () => {
      const replica = new Replica(USERS, 'test', new Names(), new LiveKeys<LiveUser>(LIVE));
      for (const value of snapshots.values()) replica.offer(value);
      for (const value of log.slice(logStart(replica.restore()))) replica.apply(value);
      replica.catchUp();
      return replica;
    };
    const replica = restored();
    const job = new UserPartition(USERS, undefined, 1, 0, replica);
    job.begin(0);
    const write = (events: readonly ShopEvent[], from: number) => {
      for (const [n, event] of events.entries()) job.take(deedOf(event), from + n);
      log.push(job.pack(from + events.length, T0).users);
    };
    const snapshot = (buckets: readonly number[]) => {
      for (const bucket of buckets) snapshots.set(bucket, replica.snapshot(bucket, log.length));
    };
    write([{ v: 1, id: 'e', type: 'click', at_ms: T0, user: 'anna', session: 's', item: 'a' }], 0);
    snapshot(ALL);
    expect(restored().hasErasures).toBe(false);
    write([erasureOf('anna', 1)], 1); // and here its writer dies
    expect(restored().hasErasures).toBe(true);
    snapshot(ALL.slice(1)); // or here, though the user's own bucket is written
    expect(restored().hasErasures).toBe(true);
    snapshot(ALL);
    expect(restored().hasErasures).toBe(false);
  });

  it('counts nothing of before, in the state alone too', () => {
    const user = noUser();
    const click: ShopEvent = { v: 1, id: 'e', type: 'click', at_ms: T0, user: 'u', session: 's', item: 'a' };
    applyToUser(user, changeOf(click));
    expect(applyToUser(user, changeOf(erasureOf('u', 1)))).toBe('erased');
    expect(user).toEqual(noUser());
    expect(applyToUser(user, changeOf(click))).toBe('in order'); // not even its id is known
  });
});
