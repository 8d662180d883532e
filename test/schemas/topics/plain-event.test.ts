import { describe, expect, it } from 'vitest';
import { random } from '../../../models/random.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { EVENT_TYPES, ShopEvent } from '../../../schemas/topics/events.ts';
import { parseRecord } from '../../../schemas/topics/parse.ts';
import { FIELD, type Field, PlainEvent } from '../../../schemas/topics/plain-event.ts';
import fc from '../../properties.ts';

const NOW = 1_700_000_000_000;
const whole = { v: 1, id: 'e', type: 'click', at_ms: NOW, user: 'u', session: 's', item: 'i' };
/** What stands for values that fields may have, good and bad for any of them; undefined takes the field away. */
const VALUES: readonly (string | undefined)[] = [
  ...[
    undefined,
    'null',
    'true',
    '"x"',
    '""',
    '"é"',
    '"😀"',
    '"a\\"b"',
    '"\\ud83d"',
    '"\\u0041"',
    '"a\tb"',
    '"a\u007fb"',
  ],
  ...[LIMITS.id_chars, LIMITS.id_chars + 1, LIMITS.query_chars, LIMITS.query_chars + 1].map(n => `"${'x'.repeat(n)}"`),
  ...[LIMITS.id_chars, LIMITS.id_chars + 1].map(n => `"${'é'.repeat(n)}"`),
  ...[
    '0',
    '-0',
    '00',
    '01',
    '0.0',
    '1',
    '1.0',
    '1.',
    '.5',
    '1e0',
    '1E2',
    '+1',
    '2',
    '5',
    '5.5',
    '5.0',
    '-1',
    '199',
    '200',
  ],
  ...[
    '201',
    '1.5',
    '0.1',
    '1234567.891',
    '0.1234567890123456',
    '123456789012345',
    '1234567890123456',
    '9007199254740993',
  ],
  ...['1e308', '1e999', '12..5', '1.2.3', '1 2', 'NaN', `${NOW}`, `${NOW + 864e5}`, `${NOW}.5`],
  ...['[]', '{}', '["x"]', '{"x":1}', '{"a":"}"}'],
];
const FIELDS = Object.keys(FIELD);
const OTHERS = [
  'text',
  'device',
  '__proto__',
  'constructor',
  'toString',
  'length',
  'ite',
  'items',
  'Item',
  'sessiom',
  'é',
];
const SPACES = ['', ' ', '\n', '\r\n', '\t ', '\v', '\u00a0', '/**/'];

const plain = new PlainEvent();

/** What zod says without any quick yes. */
const slowly = (bytes: Buffer) => parseRecord(ShopEvent, bytes, NOW);

/** Asks both. @returns whether it was plain */
function expectTheSame(bytes: Buffer): boolean {
  const isPlain = plain.read(bytes);
  const said = slowly(bytes);
  expect(
    parseRecord(ShopEvent, bytes, NOW, LIMITS.event_bytes, { isPlain: value => plain.read(value) }),
    `${bytes}`,
  ).toEqual(said);
  if (!isPlain) return false;
  const { type, at_ms, position, value } = plain;
  const event: Record<string, unknown> = { v: 1, type, at_ms };
  for (const name of FIELDS as Field[]) {
    if (plain.has(FIELD[name]) && !(name in event)) event[name] = plain.text(FIELD[name]);
  }
  if (!Number.isNaN(position)) event.position = position;
  if (!Number.isNaN(value)) event.value = value;
  const isAhead = at_ms > NOW + LIMITS.future_ms;
  expect(isAhead ? said.ok : said, `${bytes}`).toEqual(isAhead ? false : { ok: true, value: event });
  return true;
}

describe('a plain event', () => {
  it.each(EVENT_TYPES)('of type %s gets the verdict and the value that zod gives, whatever its fields are', type => {
    const { below } = random(EVENT_TYPES.indexOf(type));
    const any = <T>(all: readonly T[]) => all[below(all.length)]!;
    let seen = 0;
    for (let n = 0; n < 1_500; n++) {
      const fields = new Map<string, string | undefined>(
        Object.entries({ ...whole, type }).map(([name, value]) => [name, JSON.stringify(value)]),
      );
      if (type === 'impression') fields.set('list', '"l"').set('position', '3');
      if (type === 'rating') fields.set('value', '4');
      for (let changes = below(4); changes > 0; changes--)
        fields.set(below(8) === 0 ? any(OTHERS) : any(FIELDS), any(VALUES));
      const told = [...fields]
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [name, value] as const);
      if (below(4) === 0) told.reverse();
      if (below(8) === 0) told.push([any(FIELDS), any(VALUES.filter(value => value !== undefined))]);
      const space = () => (below(below(2) === 0 ? 40 : 1_000) === 0 ? any(SPACES) : '');
      const json = told.map(([name, value]) => `${space()}"${name}"${space()}:${space()}${value}${space()}`).join(',');
      if (expectTheSame(Buffer.from(`${space()}{${json}}${space()}`))) seen++;
    }
    // What it is for: most of what is good is known without zod. The rare types are zod's.
    const rare = ['follow', 'unfollow', 'search', 'question', 'feedback', 'erasure'];
    if (!rare.includes(type)) expect(seen).toBeGreaterThan(200);
  });

  it('is told from what is nearly one: a byte that is another, or missing, anywhere', () => {
    const long = {
      ...whole,
      type: 'purchase',
      item: 'été',
      list: 'l',
      position: 20,
      query: 'тёплый',
      value: 12.75,
      currency: 'EUR',
    };
    const bytes = Buffer.from(JSON.stringify(long));
    expect(expectTheSame(bytes)).toBe(true);
    for (let at = 0; at < bytes.length; at++) expectTheSame(bytes.subarray(0, at));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(2), (at, byte, longer) => {
        expectTheSame(Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at + longer)]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('has the numbers that JSON.parse reads', () => {
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,9})(\.\d{1,9})?$/);
    fc.assert(
      fc.property(digits, value => {
        const isPlain = plain.read(
          Buffer.from(JSON.stringify({ ...whole, type: 'purchase' }).replace('}', `,"value":${value}}`)),
        );
        if (isPlain) expect(plain.value).toBe(JSON.parse(value));
        else expect(value.replace('.', '').length).toBeGreaterThan(15);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([null, 7, 'x', [], [whole], {}, { ...whole, type: 7 }])('is not %j', json => {
    expect(plain.read(Buffer.from(JSON.stringify(json)))).toBe(false);
  });

  it('is compared by its texts', () => {
    expect(plain.read(Buffer.from(JSON.stringify({ ...whole, user: 'anna', item: 'é' })))).toBe(true);
    expect(['anna', 'ann', 'annab', 'anno', ''].map(text => plain.is(FIELD.user, text))).toEqual([
      true,
      ...Array(4).fill(false),
    ]);
    expect(['é', 'e', 'Ã©'].map(text => plain.is(FIELD.item, text))).toEqual([true, false, false]);
  });
});
