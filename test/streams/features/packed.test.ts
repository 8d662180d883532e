import { describe, expect, it } from 'vitest';
import { AGGREGATES } from '../../../models/features/aggregates/defaults.ts';
import { factOf } from '../../../models/features/aggregates/facts.ts';
import { apply, compile, noCells, REDUCERS } from '../../../models/features/aggregates/reducer.ts';
import { applyToUser, changeOf, noUser } from '../../../models/features/states.ts';
import { hash32 } from '../../../models/hash.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { ByteReader, ByteWriter } from '../../../streams/features/log/bytes.ts';
import { DeltaReader, DeltaWriter } from '../../../streams/features/log/delta.ts';
import { type Entity, ITEMS, USERS } from '../../../streams/features/log/entities.ts';
import { Positions } from '../../../streams/features/log/positions.ts';
import { readSnapshot, writeSnapshot } from '../../../streams/features/log/snapshot.ts';
import { someEvents, T0 } from '../../models/features/events.ts';
import fc from '../../properties.ts';

const HEAD = { source: 3, from: 10, to: 10_000, since_ms: T0, opening: true };
const SNAPSHOT = { bucket: 7, log: 2 ** 40, generation: 3, next: [[0, 5] as const, [3, 2 ** 50] as const] };

describe('packed bytes', () => {
  it('give back the numbers and the texts that were written', () => {
    const whole = fc.oneof(
      fc.nat(),
      fc.maxSafeNat(),
      fc.constantFrom(127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(whole, fc.double(), fc.string({ unit: 'grapheme' }), fc.integer())), values => {
        const out = new ByteWriter(1);
        for (const [a, b, c, d] of values) {
          out.whole(a);
          out.float(b);
          out.text(c);
          out.signed(d);
        }
        const bytes = new ByteReader(out.take());
        for (const each of values) expect([bytes.whole(), bytes.float(), bytes.text(), bytes.signed()]).toEqual(each);
        expect(bytes.left).toBe(0);
      }),
    );
  });
});

describe('a size that is filled in', () => {
  it('is read as the number of bytes that were written behind it', () => {
    for (const size of [0, 1, 127, 128, 16_383, 16_384, 2 ** 21 - 1]) {
      const out = new ByteWriter(4);
      out.byte(9);
      const place = out.size();
      for (let n = 0; n < size; n++) out.byte(n);
      out.sizedFrom(place);
      out.byte(7);
      const bytes = new ByteReader(out.take());
      expect([bytes.byte(), bytes.whole(), bytes.left]).toEqual([9, size, size + 1]);
      bytes.skip(size);
      expect(bytes.byte()).toBe(7);
    }
  });
});

describe('a record of deltas', () => {
  it('does to users and items what the events do, with a part of their fields', () => {
    fc.assert(
      fc.property(someEvents, events => {
        const writer = new DeltaWriter(USERS.carried);
        for (const [n, event] of events.entries()) {
          const { id, fact, recent } = changeOf(event);
          writer.add(HEAD.from + 3 * n, event.user, fact, id, recent);
        }
        const reader = new DeltaReader(writer.take(HEAD), true);
        expect(reader).toMatchObject(HEAD);
        const [wanted, got] = [new Map<string, unknown>(), new Map<string, ReturnType<typeof noUser>>()];
        const offsets: number[] = [];
        for (; reader.next(); offsets.push(reader.offset)) {
          const user = got.get(reader.key) ?? noUser();
          got.set(reader.key, user);
          applyToUser(user, reader);
        }
        for (const event of events) {
          const user = (wanted.get(event.user) as ReturnType<typeof noUser>) ?? noUser();
          wanted.set(event.user, user);
          applyToUser(user, changeOf(event));
        }
        expect(got).toEqual(wanted);
        expect(offsets).toEqual(events.map((_, n) => HEAD.from + 3 * n));
      }),
    );
    fc.assert(
      fc.property(someEvents, events => {
        const writer = new DeltaWriter(ITEMS.carried);
        for (const event of events) writer.add(10, 'a', factOf(event));
        const reader = new DeltaReader(writer.take(HEAD), false);
        const [wanted, got] = [noCells(REDUCERS.item), noCells(REDUCERS.item)];
        while (reader.next()) apply(REDUCERS.item, got, reader.fact);
        for (const event of events) apply(REDUCERS.item, wanted, factOf(event));
        expect(got).toEqual(wanted);
      }),
    );
  });

  it('is refused where it is cut off, or of another version', () => {
    const writer = new DeltaWriter(ITEMS.carried);
    writer.add(10, 'a', factOf({ v: 1, id: 'e', type: 'click', at_ms: T0, user: 'u', session: 's', item: 'a' }));
    const record = writer.take(HEAD);
    for (let size = 0; size < record.length; size++) {
      expect(() => new DeltaReader(record.subarray(0, size), false).next()).toThrow(/RECORD_REFUSED/);
    }
    expect(() => new DeltaReader(Buffer.from('{"v":1}'), false)).toThrow(/version 1 of packed deltas/);
  });
});

describe('positions', () => {
  it('skip what is known, cut what overlaps, and stop at a gap, unless a writer begins there', () => {
    const positions = new Positions();
    const take = (from: number, to: number, opening = false) =>
      positions.take({ source: 0, from, to, since_ms: 0, opening }, 'test');
    expect(take(5, 10)).toBe(5); // the first that is known of
    expect(take(5, 10)).toBe(10);
    expect(take(7, 12)).toBe(10);
    expect(() => take(13, 20)).toThrow(/OFFSET_LOST.*goes on from 12; got one that begins at 13/);
    expect(positions.of(0)).toBe(12);
    expect(take(3, 20, true)).toBe(12);
    expect(take(30, 40, true)).toBe(30);
    expect(positions.entries()).toEqual([[0, 40]]);
  });
});

describe('a snapshot', () => {
  it('holds the states as they are', () => {
    fc.assert(
      fc.property(someEvents, events => {
        const [user, item] = [noUser(), noCells(REDUCERS.item)];
        for (const event of events) {
          applyToUser(user, changeOf(event));
          apply(REDUCERS.item, item, factOf(event));
        }
        expect(again(USERS, user)).toEqual(user);
        expect(again(ITEMS, item)).toEqual(item);
      }),
    );
  });

  it('is read by the names of its features, whatever was declared when it was written', () => {
    const named = (name: string) => AGGREGATES.find(each => each.name === name)!;
    const before = compile('item', [named('item.clicks.1d'), named('item.top_users'), named('item.clicks.1h')]);
    const { aggregate } = named('item.clicks.1d');
    const after = compile('item', [
      named('item.carts.1d'),
      named('item.clicks.1d'),
      { ...named('item.clicks.1h'), aggregate }, // of another size now: it begins anew
    ]);
    const cells = new Float64Array(before.places.at(-1)!).fill(7);
    const written = write({ ...ITEMS, format: { ...ITEMS.format, reducer: before } }, { at_ms: T0, cells });
    const [, state] = readSnapshot(written, { ...ITEMS.format, reducer: after }).entries[0]!;
    const place = after.places[after.declared.findIndex(({ name }) => name === 'item.clicks.1d')]!;
    expect(Array.from(state.cells, (cell, n) => [n, cell]).filter(([, cell]) => cell !== 0)).toEqual([[place, 7]]);
  });

  it('has a name for each feature that no other has', () => {
    expect(new Set(AGGREGATES.map(({ name }) => hash32(name))).size).toBe(AGGREGATES.length);
  });

  it('of a user and of an item has at most the bytes that are stated', () => {
    const id = (n: number) => `${n}`.padStart(LIMITS.id_chars, 'x');
    const [user, item] = [noUser(), noCells(REDUCERS.item)];
    const types = ['impression', 'click', 'cart', 'purchase', 'dismiss', 'return', 'rating', 'search'] as const;
    for (let n = 0; n < 150; n++) {
      for (const [k, type] of types.entries()) {
        const at_ms = T0 + n * 60_000 + (n % 7) * 1.37e5;
        const on = { session: id(n), user: id(n), item: id(n), position: n % 200, value: n / 7, query: id(n) };
        const event = { v: 1, id: id(n * 8 + k), type, at_ms, ...on } as unknown as ShopEvent;
        applyToUser(user, changeOf(event));
        apply(REDUCERS.item, item, factOf(event));
      }
    }
    expect(write(USERS, user).length).toBeLessThan(LIMITS.user_state_bytes);
    expect(write(ITEMS, item).length).toBeLessThan(LIMITS.item_state_bytes);
    expect(user.cells.byteLength).toBeLessThan(LIMITS.cells_bytes);
    expect(item.cells.byteLength).toBeLessThan(LIMITS.cells_bytes);
  });
});

function write<S extends { at_ms: number; cells: Float64Array }>(entity: Entity<S>, state: S): Buffer {
  return writeSnapshot(new ByteWriter(), entity.format, SNAPSHOT, [{ key: 'k', state }]);
}

function again<S extends { at_ms: number; cells: Float64Array }>(entity: Entity<S>, state: S): S {
  const { entries, ...head } = readSnapshot(write(entity, state), entity.format);
  expect(head).toEqual(SNAPSHOT);
  expect(entries[0]![0]).toBe('k');
  return entries[0]![1];
}
