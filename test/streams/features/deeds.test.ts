import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deedOf } from '../../../models/features/deeds.ts';
import { signedErasure } from '../../../models/privacy/signed-erasure.ts';
import { ensureKey } from '../../../models/registry/keys.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { isCounted } from '../../../schemas/topics/consent.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { admit } from '../../../streams/admit.ts';
import { Deeds } from '../../../streams/features/deeds.ts';
import type { StreamRecord } from '../../../streams/kafka/bus.ts';
import { someEvents, T0 } from '../../models/features/events.ts';
import fc from '../../properties.ts';

const keys = await mkdtemp(path.join(os.tmpdir(), 'temper-deeds-'));
await ensureKey(keys, T0);
afterAll(() => rm(keys, { recursive: true }));
const deeds = new Deeds(keys);

/** The verdict, and the deed, by way of the whole event. */
function slowly(record: StreamRecord) {
  const parsed = admit('shop.events', record);
  if (!parsed.ok) return parsed;
  return { ok: true, value: isCounted(parsed.value) ? deedOf(parsed.value) : undefined };
}

/** The reader's object is one and the same. */
function said(record: StreamRecord) {
  const parsed = deeds.of(record);
  return parsed.ok && parsed.value ? { ok: true, value: { ...parsed.value, fact: { ...parsed.value.fact } } } : parsed;
}

const recordOf = (event: unknown, more: Partial<StreamRecord> = {}): StreamRecord => {
  const { user = null } = event as { user?: string };
  return { key: user, value: Buffer.from(JSON.stringify(event)), offset: 0, timestamp_ms: T0, ...more };
};

describe('deeds of records', () => {
  it('are those of their events, and refused as these are', () => {
    const longer = fc.constantFrom(
      '',
      '',
      'longer than twelve characters',
      'été',
      '😀',
      'quo"ted',
      'x'.repeat(LIMITS.id_chars),
    );
    const changes = fc.record({ id: longer, user: longer, item: longer, session: longer });
    fc.assert(
      fc.property(someEvents, changes, fc.nat(20), (events, longer, wrong) => {
        for (const event of events) {
          const told: Record<string, unknown> = { ...event };
          for (const [name, text] of Object.entries(longer)) if (name in told && text !== '') told[name] = text;
          if (wrong === 1) told.at_ms = T0 + LIMITS.future_ms + 1;
          if (wrong === 2) told.type = 'shout';
          const record = recordOf(told, wrong === 3 ? { key: 'somebody' } : {});
          expect(said(record)).toEqual(slowly(record));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are refused with the words of the verdict that every job gives', () => {
    const event = {
      v: 1,
      id: 'e',
      type: 'click',
      at_ms: T0,
      user: 'anna',
      session: 's',
      item: 'a',
    } satisfies ShopEvent;
    const large = Buffer.from(`${JSON.stringify(event)}${' '.repeat(LIMITS.event_bytes)}`);
    const records = [
      recordOf(event),
      recordOf(event, { key: 'ben' }),
      recordOf(event, { key: null }),
      recordOf(event, { value: null }),
      recordOf(event, { value: large }),
      recordOf(event, { timestamp_ms: T0 - LIMITS.future_ms }),
      recordOf(event, { timestamp_ms: T0 - LIMITS.future_ms - 1 }),
      recordOf({ ...event, item: 7 }),
    ];
    for (const record of records) expect(said(record)).toEqual(slowly(record));
    expect(records.map(record => deeds.of(record).ok)).toEqual([true, false, false, false, false, true, false, false]);
  });

  it('are none where the user allows no features, and whole where he allows no training', () => {
    const event = { v: 1, id: 'e', type: 'click', at_ms: T0, user: 'anna', session: 's', item: 'a' };
    const withheld = recordOf({ ...event, consent: { personalisation: false } });
    expect(deeds.of(withheld)).toEqual({ ok: true, value: undefined });
    const [follow, unfollow] = ['follow', 'unfollow'].map(type => {
      return said(recordOf({ ...event, type, value: 'ben', consent: { personalisation: false } }));
    });
    expect(follow).toEqual({ ok: true, value: undefined });
    expect(unfollow).toMatchObject({ ok: true, value: { fact: { type: 'unfollow' } } }); // to follow no more is always allowed
    expect(said(recordOf({ ...event, consent: { training: false } }))).toEqual(said(recordOf(event)));
  });

  it('erase only where that is signed', async () => {
    const id = `erasure-${'0'.repeat(32)}-${T0}`;
    const erasure = await signedErasure(keys, { id, at_ms: T0, user: 'anna' }, T0);
    expect(deeds.of(recordOf(erasure))).toMatchObject({ ok: true, value: { fact: { type: 'erasure' } } });
    const { signature, ...unsigned } = erasure;
    const forged = [unsigned, { ...erasure, user: 'ben' }, { ...erasure, signature: { ...signature, key: 'k-0' } }];
    expect(forged.map(event => deeds.of(recordOf(event)).ok)).toEqual([false, false, false]);
  });

  it('keep their texts apart, whatever falls on the same place of the table', () => {
    for (let n = 0; n < 100_000; n++) {
      const event = {
        v: 1,
        id: `e${n}`,
        type: 'click',
        at_ms: T0,
        user: `u${n % 40_000}`,
        session: 's',
        item: `i${n}`,
      };
      const parsed = deeds.of(recordOf(event));
      if (!parsed.ok || parsed.value?.user !== event.user || parsed.value.item !== event.item)
        expect(parsed).toEqual(event);
    }
    expect(deeds.of(recordOf({ v: 1 })).ok).toBe(false);
  });
});
