import { expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import { parseRecord } from '../../../schemas/topics/parse.ts';
import { isPlainRequest } from '../../../schemas/topics/plain-request.ts';
import { RankRequest, Surface } from '../../../schemas/topics/ranking.ts';
import fc from '../../properties.ts';

const NOW = 1_700_000_000_000;
const whole = { v: 1, id: 'r', at_ms: NOW, user: 'u', session: 's', surface: 'home', count: 20 };
const ofLength = (n: number) => 'x'.repeat(n);
/** What stands for values that fields may have, good and bad for any of them; undefined takes the field away. */
const VALUES: readonly unknown[] = [
  ...[undefined, null, true, '', 'x', 'é', {}, [], [[]], [1], ['a', ''], ['a', 'b'], ['a', 'a'], ...Surface.options],
  ...[0, 1, 2, 1.5, -1, LIMITS.items_per_list, LIMITS.items_per_list + 1, NOW, 2 ** 53, 2 ** 53 - 1],
  ...[LIMITS.id_chars, LIMITS.id_chars + 1, LIMITS.query_chars, LIMITS.query_chars + 1].map(ofLength),
  ...[LIMITS.id_chars, LIMITS.id_chars + 1].map(n => ['a', ofLength(n)]),
  ...[LIMITS.candidates_per_request, LIMITS.candidates_per_request + 1].map(n => Array.from({ length: n }, String)),
  { personalisation: false, training: true },
];
const NAMES = [...Object.keys(whole), 'query', 'candidates', 'consent', 'currency', 'language', 'pins', 'device'];

/** No clock runs ahead of this one: that is asked of both alike. */
const LATEST = Number.MAX_SAFE_INTEGER;
const slowly = (json: unknown) => parseRecord(RankRequest, Buffer.from(JSON.stringify(json)), LATEST);

it.each([
  ['a request without candidates', whole],
  ['one that brings its own', { ...whole, candidates: ['a', 'b'] }],
  ['a search', { ...whole, surface: 'search', query: 'red shoes' }],
])('knows %s', (_, request) => {
  expect(isPlainRequest(request)).toBe(true);
});

it('leaves to the schema what it would change, or look into', () => {
  for (const more of [{ count: undefined }, { device: 'phone' }, { consent: {} }, { pins: [] }, { surface: 'search' }])
    expect(isPlainRequest(JSON.parse(JSON.stringify({ ...whole, ...more }))), JSON.stringify(more)).toBe(false);
});

it('says yes to nothing that the schema refuses or changes', () => {
  const changed = fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES), { maxKeys: 3 });
  let plain = 0;
  fc.assert(
    fc.property(changed, changes => {
      const json: unknown = JSON.parse(JSON.stringify({ ...whole, ...changes }));
      if (!isPlainRequest(json)) return;
      plain++;
      expect(slowly(json)).toEqual({ ok: true, value: json });
    }),
    { numRuns: 2_000 },
  );
  expect(plain).toBeGreaterThan(50);
});

it.each([null, 7, 'x', [], [whole]])('is not taken in by %j', json => {
  expect(isPlainRequest(json)).toBe(false);
});
