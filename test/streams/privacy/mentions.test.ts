import { describe, expect, it } from 'vitest';
import { factOf } from '../../../models/features/aggregates/facts.ts';
import { noUser } from '../../../models/features/states.ts';
import { deadLetterOf } from '../../../streams/dead-letters.ts';
import { ByteWriter } from '../../../streams/features/log/bytes.ts';
import { DeltaWriter } from '../../../streams/features/log/delta.ts';
import { USERS } from '../../../streams/features/log/entities.ts';
import { writeSnapshot } from '../../../streams/features/log/snapshot.ts';
import { Mentions } from '../../../streams/privacy/mentions.ts';

const T0 = 1_700_000_000_000;
const record = (key: string, value: Buffer | string | null) => {
  return { key, value: typeof value === 'string' ? Buffer.from(value) : value, offset: 0, timestamp_ms: T0 };
};

const BY_BEN = { v: 1, id: 'e', at_ms: T0, user: 'ben', session: 's' };

describe('a record', () => {
  const anna = new Mentions('anna');

  it('is of the user whose key it has, a tombstone too', () => {
    expect(anna.in('shop.events', record('anna', '{}'))).toBe(true);
    expect(anna.in('ads.shown', record('anna', null))).toBe(true);
    expect(anna.in('shop.events', record('joanna', '{"user":"anna"}'))).toBe(false);
  });

  it("of somebody else's names the user whom that one follows or shares something with, and in no other way", () => {
    const about = (event: object) => {
      return anna.isNamedIn('shop.events', record('ben', JSON.stringify({ ...BY_BEN, ...event })));
    };
    expect(about({ type: 'follow', value: 'anna' })).toBe(true);
    expect(about({ type: 'unfollow', value: 'anna', whom: 'user' })).toBe(true);
    expect(about({ type: 'share', item: 'pot', to: 'anna' })).toBe(true);
    expect(about({ type: 'follow', value: 'anna', whom: 'brand' })).toBe(false);
    expect(about({ type: 'share', item: 'anna', to: 'joanna' })).toBe(false);
    expect(about({ type: 'click', item: 'anna' })).toBe(false);
    expect(about({ type: 'follow', value: 'anna', id: 7 })).toBe(true); // refused, and there all the same
    expect(anna.isNamedIn('raw.events', record('ben', null))).toBe(false);
  });

  it('of packed deltas or states is where a key within is the user, not a part of one', () => {
    const delta = (user: string) => {
      const writer = new DeltaWriter(USERS.carried);
      writer.add(
        3,
        user,
        factOf({ v: 1, id: 'e', type: 'click', at_ms: T0, user, session: 's', item: 'anna' }),
        1,
        'anna',
      );
      return record('0', writer.take({ source: 0, from: 0, to: 4, since_ms: T0, opening: true }));
    };
    const snapshot = (key: string) => {
      const head = { bucket: 1, log: 0, generation: 0, next: [] };
      return record('1', writeSnapshot(new ByteWriter(), USERS.format, head, [{ key, state: noUser() }]));
    };
    expect(['anna', 'joanna'].map(user => anna.in('features.user.log', delta(user)))).toEqual([true, false]);
    expect(['anna', 'joanna'].map(user => anna.in('features.user.snapshots', snapshot(user)))).toEqual([true, false]);
  });

  it('of packed states tells of what was before an offset by what it contains, whenever the broker took it', () => {
    const writer = new DeltaWriter(USERS.carried);
    for (const [offset, user] of [
      [3, 'ben'],
      [5, 'anna'],
    ] as const) {
      writer.add(offset, user, factOf({ v: 1, id: 'e', type: 'view', at_ms: T0, user, session: 's', item: 'a' }), 1);
    }
    const delta = record('0', writer.take({ source: 0, from: 0, to: 6, since_ms: T0, opening: true }));
    expect([5, 6].map(below => anna.isOfBefore('features.user.log', delta, below))).toEqual([false, true]);
    const head = { bucket: 1, log: 0, generation: 0, next: [[0, 8]] as const };
    const written = writeSnapshot(new ByteWriter(), USERS.format, head, [{ key: 'anna', state: noUser() }]);
    const snapshot = record('1', written);
    // One that contains the offset was written when the state had begun anew there.
    expect([8, 9].map(below => anna.isOfBefore('features.user.snapshots', snapshot, below))).toEqual([false, true]);
    expect(anna.isOfBefore('shop.events', record('anna', '{}'), 9)).toBe(false);
    expect(anna.isOfBefore('ads.shown', record('anna', null), 9)).toBe(true);
  });

  it('that is a dead letter is by the refused key, or the id in quotes in what is kept of the bytes', () => {
    const letter = (key: string, value: string) => {
      const refused = { key, value: Buffer.from(value), offset: 7, timestamp_ms: T0 };
      const refusal = { reason: 'invalid_field', detail: 'none' } as const;
      return record('p', JSON.stringify(deadLetterOf('shop.events', 0, refused, refusal)));
    };
    expect(anna.in('dead.letters', letter('anna', 'not JSON'))).toBe(true);
    expect(anna.in('dead.letters', letter('ben', '{"user":"anna"'))).toBe(true);
    expect(anna.in('dead.letters', letter('ben', '{"user":"joanna"}'))).toBe(false);
    const forged = deadLetterOf('shop.events', 0, record('anna', '{"user":"anna"'), {
      reason: 'forged',
      detail: 'none',
    });
    expect(anna.in('dead.letters', record('p', JSON.stringify(forged)))).toBe(false);
  });
});
