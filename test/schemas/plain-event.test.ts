import { describe, expect, it } from 'vitest';
import { random } from '../../models/random.ts';
import { EVENT_TYPES, ShopEvent } from '../../schemas/events.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { parseRecord } from '../../schemas/parse.ts';
import { isPlainEvent } from '../../schemas/plain-event.ts';

const NOW = 1_700_000_000_000;
const whole = { v: 1, id: 'e', type: 'click', at_ms: NOW, user: 'u', session: 's', item: 'i' };
/** Values that fields may have, good and bad for any of them; undefined takes the field away. */
const VALUES: readonly unknown[] = [
  ...[undefined, null, true, 'x', '', 'x'.repeat(LIMITS.id_chars), 'x'.repeat(LIMITS.id_chars + 1), 'é', '😀', 'a"b'],
  ...[
    '\ud83d',
    'x'.repeat(LIMITS.query_chars + 1),
    0,
    -0,
    1,
    2,
    5,
    5.5,
    -1,
    200,
    201,
    1.5,
    2 ** 53,
    1e308,
    NOW,
    NOW + 864e5,
  ],
  ...[[], {}, ['x'], { x: 1 }],
];
const FIELDS = [
  'v',
  'id',
  'at_ms',
  'user',
  'session',
  'item',
  'list',
  'position',
  'surface',
  'query',
  'value',
  'currency',
];
const OTHERS = ['text', 'device', '__proto__', 'constructor', 'toString', 'length'];

describe('a plain event', () => {
  it.each(EVENT_TYPES)('of type %s gets the verdict and the value that zod gives, whatever its fields are', type => {
    const { below } = random(EVENT_TYPES.indexOf(type));
    let plain = 0;
    for (let n = 0; n < 1_500; n++) {
      const changed = new Map<string, unknown>(Object.entries({ ...whole, type }));
      if (type === 'impression') changed.set('list', 'l').set('position', 3);
      if (type === 'rating') changed.set('value', 4);
      for (let changes = below(4); changes > 0; changes--) {
        const field = below(8) === 0 ? OTHERS[below(OTHERS.length)]! : FIELDS[below(FIELDS.length)]!;
        changed.set(field, VALUES[below(VALUES.length)]);
      }
      // Written by hand: JSON.stringify would drop a __proto__.
      const fields = [...changed].flatMap(([k, v]) =>
        v === undefined ? [] : [`${JSON.stringify(k)}:${JSON.stringify(v)}`],
      );
      const bytes = Buffer.from(`{${fields.join(',')}}`);
      const quick = parseRecord(ShopEvent, bytes, NOW, LIMITS.event_bytes, isPlainEvent);
      expect(quick, bytes.toString()).toEqual(parseRecord(ShopEvent, bytes, NOW));
      if (isPlainEvent(JSON.parse(bytes.toString()))) plain++;
    }
    // What it is for: most of what is good is known without zod. The rare types are zod's.
    if (!['follow', 'search', 'question'].includes(type)) expect(plain).toBeGreaterThan(300);
  });

  it.each([null, 7, 'x', [], [whole], {}, { ...whole, type: 7 }])('is not %j', json => {
    expect(isPlainEvent(json)).toBe(false);
  });
});
