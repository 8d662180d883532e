import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import { type ProductInput, ShopEvent } from '../../../schemas/topics/events.ts';
import { parseRecord } from '../../../schemas/topics/parse.ts';

const NOW = 1_700_000_000_000;
const click = { v: 1, id: 'e1', type: 'click', at_ms: NOW, user: 'u', session: 's', item: 'i' };
const ERASURE = `erasure-${'0a'.repeat(16)}-${NOW}`;
const SIGNED = { algorithm: 'ed25519', key: 'k-1', at_ms: NOW, signature: `${'A'.repeat(86)}==` };
const erased = { id: ERASURE, session: ERASURE, signature: SIGNED };
const verdict = (value: unknown) => {
  const bytes = value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const parsed = parseRecord(ShopEvent, bytes, NOW);
  return parsed.ok ? 'accepted' : parsed.refusal.reason;
};

describe('the verdict on a record', () => {
  it.each([
    ['a click', click, 'accepted'],
    ['a field that is not known yet', { ...click, device: 'phone' }, 'accepted'],
    ['a tombstone', null, 'tombstone'],
    ['bytes that are not JSON', '{"v":1,', 'not_json'],
    ['NaN, which JSON does not have', JSON.stringify(click).replace(`${NOW}`, 'NaN'), 'not_json'],
    ['an infinite number', JSON.stringify(click).replace(`${NOW}`, '1e999'), 'invalid_field'],
    ['an array', [click], 'invalid_field'],
    ['a number', '7', 'invalid_field'],
    ['another version', { ...click, v: 2 }, 'unknown_version'],
    ['a type that nobody knows', { ...click, type: 'teleport' }, 'unknown_type'],
    ['no type', { ...click, type: undefined }, 'unknown_type'],
    ['no item', { ...click, item: undefined }, 'invalid_field'],
    ['a number for a user', { ...click, user: 7 }, 'invalid_field'],
    ['an id that is too long', { ...click, id: 'x'.repeat(LIMITS.id_chars + 1) }, 'invalid_field'],
    ['an impression without a list', { ...click, type: 'impression', position: 0 }, 'invalid_field'],
    ['how good an answer was', { ...click, item: undefined, type: 'feedback', answer: 'q1', value: 4 }, 'accepted'],
    ['that a user is erased', { ...click, ...erased, item: undefined, type: 'erasure' }, 'accepted'],
    ['that a user is erased, as somebody else says', { ...click, item: undefined, type: 'erasure' }, 'invalid_field'],
    ['that a user is erased, in a session', { ...click, ...erased, session: 's', type: 'erasure' }, 'invalid_field'],
    [
      'that a user is erased, unsigned',
      { ...click, ...erased, signature: undefined, item: undefined, type: 'erasure' },
      'invalid_field',
    ],
    [
      'that a user is erased who allows nothing',
      { ...click, ...erased, item: undefined, type: 'erasure', consent: { personalisation: false } },
      'invalid_field',
    ],
    ['what its user allows', { ...click, consent: { personalisation: false, training: false } }, 'accepted'],
    ['something else that he allows', { ...click, consent: 'none' }, 'invalid_field'],
    ['feedback to no answer', { ...click, type: 'feedback', value: 4 }, 'invalid_field'],
    ['feedback of six', { ...click, type: 'feedback', answer: 'q1', value: 6 }, 'invalid_field'],
    ['whom a user follows', { ...click, type: 'follow', value: 'v' }, 'accepted'],
    ['which brand', { ...click, type: 'follow', value: 'acme', whom: 'brand' }, 'accepted'],
    ['whom he follows no more', { ...click, type: 'unfollow', value: 'v', whom: 'user' }, 'accepted'],
    ['to follow nobody', { ...click, type: 'follow' }, 'invalid_field'],
    ['to follow a shop', { ...click, type: 'follow', value: 'v', whom: 'shop' }, 'invalid_field'],
    ['what is shared with somebody', { ...click, type: 'share', to: 'v' }, 'accepted'],
    ['what is shared with a number', { ...click, type: 'share', to: 7 }, 'invalid_field'],
    ['a clock a day ahead', { ...click, at_ms: NOW + 86_400_000 }, 'future'],
    ['__proto__ as a key', `{"__proto__":{"admin":true},${JSON.stringify(click).slice(1)}`, 'forbidden_key'],
    ['an escaped __proto__', `{"\\u005f_proto__":1,${JSON.stringify(click).slice(1)}`, 'forbidden_key'],
    ['__proto__ deep inside', `{"a":[{"__proto__":1}],${JSON.stringify(click).slice(1)}`, 'forbidden_key'],
    ['half of a surrogate pair', JSON.stringify(click).replace('"e1"', '"e\\ud83d"'), 'invalid_field'],
    ['a whole surrogate pair', JSON.stringify(click).replace('"e1"', '"e\\ud83d\\ude00"'), 'accepted'],
    ['nesting as deep as the limit allows', '['.repeat(30_000) + ']'.repeat(30_000), 'invalid_field'],
    ['a version that is nested as deep', `{"v":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 'unknown_version'],
    ['more bytes than an event may have', { ...click, pad: 'x'.repeat(LIMITS.event_bytes) }, 'too_large'],
  ])('%s', (_name, value, expected) => {
    expect(verdict(value)).toBe(expected);
  });

  it('says what was expected, field by field', () => {
    const parsed = parseRecord(ShopEvent, Buffer.from(JSON.stringify({ ...click, item: 7, user: '' })), NOW);
    if (parsed.ok) throw new Error('accepted');
    expect(parsed.refusal.detail).toMatch(/user: .*; item: .*string/);
  });

  it('leaves no trace of a forbidden key behind', () => {
    verdict(`{"__proto__":{"admin":true},${JSON.stringify(click).slice(1)}`);
    expect(({} as ProductInput & { admin?: boolean }).admin).toBeUndefined();
  });
});
