import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import type { RankedList } from '../../../schemas/topics/ranking.ts';
import { admit } from '../../../streams/admit.ts';
import { Asked } from '../../../streams/pseudonyms/asked.ts';
import { pseudonymsOf } from '../../../streams/pseudonyms/keys.ts';
import { renamed, returned } from '../../../streams/pseudonyms/names.ts';

const T0 = 1_700_000_000_000;
const pseudonyms = pseudonymsOf({ pseudonymKeys: path.resolve(import.meta.dirname, '../../fixtures/pseudonyms/keys') });
const record = (key: string, value: object | string) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { key, value: Buffer.from(text), offset: 7, timestamp_ms: T0 };
};
const event = { v: 1, id: 'e', type: 'click', at_ms: T0, user: 'anna@shop.example', session: 's', item: 'i' };
const SOCIAL = { v: 1, id: 'e', at_ms: T0, user: 'anna@shop.example', session: 's' };
const NAME = `erasure-${'0'.repeat(32)}-${T0}`;
const ERASED = { id: NAME, session: NAME, type: 'erasure' };
const request = { v: 1, id: 'r-1', at_ms: T0, user: 'anna@shop.example', session: 's', surface: 'home' };

describe('a raw record', () => {
  it.each([
    ['raw.events', 'shop.events', event],
    ['raw.requests', 'rank.requests', request],
  ] as const)('of %s is good on %s, the same but for its user, who is nowhere in it', (raw, topic, value) => {
    const passed = renamed(raw, 0, record(value.user, value), pseudonyms);
    const { key, value: text } = 'message' in passed ? passed.message : expect.fail('it was refused');
    expect(`${key} ${text}`).not.toContain('anna');
    const there = admit(topic, record(key, `${text}`));
    const wanted = admit(raw, record(value.user, value));
    expect(there.ok && wanted.ok && { ...there.value, user: wanted.value.user }).toEqual(wanted.ok && wanted.value);
    expect(key).toBe(pseudonyms.of(value.user));
  });

  it('keeps its place in a trace, and what its user allows', () => {
    const consent = { personalisation: false, training: false };
    for (const [topic, value] of [
      ['raw.events', { ...event, consent }],
      ['raw.requests', { ...request, consent }],
    ] as const) {
      const passed = renamed(topic, 0, { ...record(value.user, value), traceparent: 'a place' }, pseudonyms);
      const message = 'message' in passed ? passed.message : expect.fail('it was refused');
      expect([message.traceparent, JSON.parse(`${message.value}`).consent]).toEqual(['a place', consent]);
    }
  });

  it.each([
    ['follows', { ...SOCIAL, type: 'follow', value: 'ben' }, { value: pseudonyms.of('ben') }],
    ['follows no more', { ...SOCIAL, type: 'unfollow', value: 'ben', whom: 'user' }, { value: pseudonyms.of('ben') }],
    ['shares something with', { ...event, type: 'share', to: 'ben' }, { to: pseudonyms.of('ben') }],
    ['follows a brand', { ...SOCIAL, type: 'follow', value: 'ben', whom: 'brand' }, { value: 'ben' }],
    ['shares without a name', { ...event, type: 'share' }, {}],
  ])('of who %s another has that one under a pseudonym too, and a brand under its name', (_what, value, other) => {
    const passed = renamed('raw.events', 0, record(value.user, value), pseudonyms);
    const message = 'message' in passed ? passed.message : expect.fail('it was refused');
    expect(JSON.parse(`${message.value}`)).toEqual({ ...value, user: pseudonyms.of(value.user), ...other });
  });

  it.each([
    ['that is no JSON', 'anna@shop.example', '{"user":"anna@shop.example"'],
    ["under another's key", 'ben', event],
    ['of an unknown type', 'anna@shop.example', { ...event, type: 'wink' }],
    ["that is Temper's own", 'anna@shop.example', { ...event, ...ERASED }],
  ])('%s becomes a dead letter that names nobody', (_what, key, value) => {
    const refused = renamed('raw.events', 3, record(key, value), pseudonyms);
    const letter = 'letter' in refused ? refused.letter : expect.fail('it was let through');
    expect(letter).toMatchObject({ id: 'raw.events/3/7', key: null, value: null });
    expect(JSON.stringify(letter)).not.toMatch(/anna|ben/);
  });
});

describe('a list', () => {
  const list = {
    ...{ v: 1, id: 'r-1', at_ms: T0, user: pseudonyms.of('anna@shop.example'), session: 's', surface: 'home' },
    ...{ model: 'm', arm: 'champion', features_version: 'f', candidates: 0, history: [], index: {}, items: [] },
    spent_ms: { queue: 0, candidates: 0, features: 0, score: 0 },
  } satisfies RankedList;

  it('goes back under the user who asked, and nowhere where nobody did', () => {
    const asked = new Asked();
    expect(returned(record(list.user, list), asked)).toBeUndefined();
    asked.note('r-1', 'anna@shop.example');
    const { key, value, traceparent } = returned({ ...record(list.user, list), traceparent: 'a place' }, asked)!;
    expect([key, JSON.parse(`${value}`)]).toEqual([event.user, { ...list, user: event.user }]);
    expect(traceparent).toBe('a place');
  });

  it('goes back to one of the newest who asked, of whom so many are remembered', () => {
    const asked = new Asked();
    for (let n = 0; n <= LIMITS.askers_remembered; n++) asked.note(`r-${n}`, 'anna');
    expect(['r-0', 'r-1'].map(request => asked.userOf(request))).toEqual([undefined, 'anna']);
  });
});
