import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { factOf } from '../../../models/features/aggregates/facts.ts';
import { apply, type Cells, noCells, REDUCERS } from '../../../models/features/aggregates/reducer.ts';
import { deedOf } from '../../../models/features/deeds.ts';
import { applyToUser, changeOf, type LiveItem, type LiveUser, noUser } from '../../../models/features/states.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { ByteWriter } from '../../../streams/features/log/bytes.ts';
import { ITEMS, USERS } from '../../../streams/features/log/entities.ts';
import { Bucket } from '../../../streams/features/log/keys/bucket.ts';
import { LiveKeys } from '../../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../../streams/features/log/keys/names.ts';
import { keyAt, Slots } from '../../../streams/features/log/keys/slots.ts';
import { Replica } from '../../../streams/features/log/replica.ts';
import { BUCKETS, readSnapshot } from '../../../streams/features/log/snapshot.ts';
import { UserPartition } from '../../../streams/features/log/user-partition.ts';
import { someEvents, T0 } from '../../models/features/events.ts';
import fc from '../../properties.ts';
import { ALL, Kept, LIVE } from './kept.ts';

/** Of one byte a character and of more, long ones, and two that are told apart by their bytes' number alone. */
const KEYS = ['u', 'é', 'Ã©', '日本', '😀', 'x'.repeat(128), 'é'.repeat(128), ...Array.from('abcdefgh')];
const someKeys = fc.uniqueArray(fc.oneof(fc.constantFrom(...KEYS), fc.string({ unit: 'grapheme', maxLength: 9 })), {
  maxLength: 200,
});

/** A state to the bit. */
function bits({ at_ms, cells, made: _, ...more }: Cells) {
  return { at_ms, cells: Buffer.from(cells.buffer, cells.byteOffset, cells.byteLength).toString('hex'), ...more };
}

const sorted = <S extends Cells>(states: Iterable<readonly [key: string, state: S]>) =>
  Array.from(states, ([key, state]) => [key, bits(state)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
const statesOf = <S extends Cells>(replica: Replica<S>) =>
  sorted(Array.from(replica.entries(), ({ key, state }) => [key, state] as const));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** Bytes of buffers that somebody holds: garbage goes when it likes, and so do the buffers of it. */
async function held(): Promise<number> {
  collect();
  await sleep(20);
  collect();
  return process.memoryUsage().arrayBuffers;
}

describe('a key that leaves and returns', () => {
  it('has the state to the bit that it would have if it had never left, also over restarts', () => {
    let restarts = 0;
    fc.assert(
      fc.property(someEvents, fc.infiniteStream(fc.nat(1_000)), (events, draws) => {
        const draw = () => draws.next().value as number;
        const users = new Kept(USERS);
        const items = new Kept(ITEMS);
        let [jobs, followed] = [users.restored(), items.restored()];
        let job = new UserPartition(USERS, ITEMS, 1, 0, jobs);
        job.begin(0);
        const [wantedUsers, wantedItems] = [new Map<string, LiveUser>(), new Map<string, LiveItem>()];
        let offset = 0;
        for (const each of events) {
          const event: ShopEvent = { ...each, user: KEYS[draw() % KEYS.length]! };
          job.take(deedOf(event), offset++);
          const user = wantedUsers.get(event.user) ?? noUser();
          wantedUsers.set(event.user, user);
          applyToUser(user, changeOf(event));
          if ('item' in event) {
            const item = wantedItems.get(event.item) ?? noCells(REDUCERS.item);
            wantedItems.set(event.item, item);
            apply(REDUCERS.item, item, factOf(event));
          }
          if (draw() % 3 > 0) continue;
          const packed = job.pack(offset, T0);
          users.log.push(packed.users);
          for (const { value } of packed.items) {
            items.log.push(value);
            followed.apply(value);
          }
          const key = KEYS[draw() % KEYS.length]!;
          expect(jobs.get(key)?.state.seen).toEqual(wantedUsers.get(key)?.seen);
          if (draw() % 3 === 0) users.snapshot(jobs, draw() % 2 === 0 ? ALL : ALL.slice(draw() % BUCKETS));
          if (draw() % 3 === 0) items.snapshot(followed, ALL);
          if (draw() % 3 > 0) continue;
          restarts++;
          [jobs, followed] = [users.restored(new LiveKeys(LIVE)), items.restored(new LiveKeys(LIVE))];
          job = new UserPartition(USERS, ITEMS, 1, 0, jobs);
          expect(jobs.size).toBe(wantedUsers.size);
        }
        expect(statesOf(jobs)).toEqual(sorted(wantedUsers));
        expect([jobs.size, users.live.size <= LIVE]).toEqual([wantedUsers.size, true]);
        users.log.push(job.pack(offset, T0).users);
        expect(statesOf(users.restored(new LiveKeys(1_000)))).toEqual(sorted(wantedUsers));
      }),
      { numRuns: 40 },
    );
    expect(restarts).toBeGreaterThan(10); // some 30 of them, by chance
  }, 120_000);

  it('is found among others, whatever its characters, while the index grows', () => {
    fc.assert(
      fc.property(someKeys, keys => {
        const out = new ByteWriter();
        const places = keys.map(key => {
          const place = out.length;
          out.whole(1_000);
          out.text(key);
          return place;
        });
        const records = out.take();
        const slots = new Slots(0);
        for (const [n, key] of keys.entries()) {
          const slot = slots.find(records, key);
          expect(slots.places[slot]).toBe(0);
          slots.put(records, slot, places[n]!);
        }
        for (const [n, key] of keys.entries()) {
          expect(slots.places[slots.find(records, key)]).toBe(1 + places[n]!);
          expect(keyAt(records, places[n]!)).toBe(key);
        }
      }),
    );
  });

  it('keeps what another key has: nothing is taken for it', () => {
    const bucket = new Bucket({ entity: ITEMS, names: new Names(), out: new ByteWriter() });
    expect(bucket.unpack('a')).toBeUndefined();
    const live = new LiveKeys<LiveItem>(1);
    for (const [n, key] of KEYS.entries()) {
      const state = { ...noCells(REDUCERS.item), at_ms: n + 1 };
      bucket.size++;
      live.add({ key, state, bucket, used: false, changed: true });
    }
    expect(bucket.live.size).toBe(1);
    const { entries } = readSnapshot(bucket.write({ bucket: 0, log: 0, generation: 0, next: [] }), ITEMS.format);
    expect(new Map(entries.map(([key, { at_ms }]) => [key, at_ms]))).toEqual(
      new Map(KEYS.map((key, n) => [key, n + 1])),
    );
  });

  it('may have -0 in a cell, and has it again', () => {
    const state = noCells(REDUCERS.item);
    state.cells[3] = -0;
    const bucket = new Bucket({ entity: ITEMS, names: new Names(), out: new ByteWriter() });
    bucket.size++;
    bucket.pack({ key: 'a', state, bucket, used: false, changed: true });
    expect(bits(bucket.unpack('a')!.state)).toEqual(bits(state));
  });

  it('is the one that was not used for longest, about', () => {
    const bucket = new Bucket({ entity: ITEMS, names: new Names(), out: new ByteWriter() });
    const live = new LiveKeys<LiveItem>(100);
    const add = (key: string) => {
      bucket.size++;
      live.add({ key, state: noCells(REDUCERS.item), bucket, used: true, changed: true });
    };
    let missed = 0;
    for (let n = 0; n < 1_000; n++) {
      for (let k = 0; k < 10; k++) {
        if (live.get(`often ${k}`)) continue;
        missed++;
        add(`often ${k}`);
      }
      add(`once ${n}`);
    }
    expect(live.size).toBe(100);
    expect(missed).toBeLessThan(30); // ten at first, and some where all had just been used
    for (let n = 0; n < 1_000; n++) if (n < 850 || n > 950) expect([n, live.has(`once ${n}`)]).toEqual([n, n > 950]);
  });

  it('leaves no more behind than there is: what is out of date is written over', async () => {
    const bucket = new Bucket({ entity: ITEMS, names: new Names(), out: new ByteWriter() });
    bucket.size = 1;
    const state = noCells(REDUCERS.item);
    const before = await held();
    for (let n = 0; n < 200_000; n++) {
      state.cells[0] = n + 0.5;
      bucket.pack({ key: 'a', state, bucket, used: false, changed: true });
    }
    expect((await held()) - before).toBeLessThan(200_000); // all that was packed is 20 MB or more
    expect(bucket.unpack('a')!.state.cells[0]).toBe(199_999.5);
  });
});

describe('facts that wait while the log is read', () => {
  it('take no more than a few times the states, however long the log, and are all in these then', async () => {
    const event = (n: number): ShopEvent => {
      const on = { user: `u${n % 50}`, session: 's', item: 'pot', list: 'l', position: n % 10 };
      return { v: 1, id: `e${n}`, type: 'impression', at_ms: T0 + n, ...on };
    };
    const wanted = new Replica(USERS, 'test', new Names(), new LiveKeys<LiveUser>(100));
    const behind = new Replica(USERS, 'test', new Names(), new LiveKeys<LiveUser>(100));
    behind.restore();
    const source = new UserPartition(USERS, ITEMS, 1, 0, wanted);
    source.begin(0);
    const before = await held();
    for (let n = 0; n < 200_000; ) {
      for (let k = 0; k < 1_000; k++, n++) source.take(deedOf(event(n)), n);
      behind.apply(source.pack(n, T0).users);
    }
    expect((await held()) - before).toBeLessThan(3_000_000);
    behind.catchUp();
    expect(statesOf(behind)).toEqual(statesOf(wanted));
  }, 60_000);
});

describe('a snapshot of before', () => {
  /** As the first version wrote it: two users with a click each, by one feature alone. */
  const FIRST =
    'AQcDAQAFAf3shUcBAgLDpIDQlf+8MQEAAAAAAAAA4D8BAoDQlf+8MQAAAAAAABRABwNwb3QBAoDQlf+8MQNwb3QBAAAAAAAAFEACdTKB0JX/vDEBAAAAAAAAAPg/AQKB0JX/vDEAAAAAAAAUQAcDcG90AQKB0JX/vDEDcG90AQAAAAAAABRA';

  it('is read, and its keys go on as those of today', () => {
    const record = Buffer.from(FIRST, 'base64');
    const replica = new Replica(USERS, 'test', new Names(), new LiveKeys<LiveUser>(LIVE));
    replica.offer(record);
    expect(replica.restore()).toEqual([{ bucket: 7, log: 3, generation: 0, next: [[0, 5]] }]);
    expect([...replica.entries()].map(({ key, state }) => [key, state.recent[0]?.item])).toEqual([
      ['ä', 'pot'],
      ['u2', 'pot'],
    ]);
    const written = replica.snapshot(7, 9);
    expect(written[0]).toBe(3);
    expect(readSnapshot(written, USERS.format).entries).toEqual(readSnapshot(record, USERS.format).entries);
  });
});
