import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import { packRows } from '../../../schemas/topics/feature-vector.ts';
import { parseRecord } from '../../../schemas/topics/parse.ts';
import { RankedList, RankRequest } from '../../../schemas/topics/ranking.ts';

const NOW = 1_700_000_000_000;
const request = { v: 1, id: 'r', at_ms: NOW, user: 'u', session: 's', surface: 'home' };
const refusalOf = (more: object) => {
  const parsed = parseRecord(RankRequest, Buffer.from(JSON.stringify({ ...request, ...more })), NOW);
  return parsed.ok ? 'accepted' : `${parsed.refusal.reason}: ${parsed.refusal.detail}`;
};

describe('a request', () => {
  it.each([
    ['the least', {}],
    ['a search', { surface: 'search', query: 'red teapot' }],
    ['a search that was already shown', { surface: 'search', shown: [{ item: 'a', position: 0, propensity: null }] }],
    ['candidates', { candidates: Array(LIMITS.candidates_per_request).fill('x') }],
    ['a candidate with the longest id', { candidates: ['x'.repeat(LIMITS.id_chars)] }],
    ['pins and exclusions', { pins: [{ item: 'a', position: 3 }], exclude: ['b', 'c'] }],
  ])('of %s is accepted', (_name, more) => {
    expect(refusalOf(more)).toBe('accepted');
  });

  it.each([
    ['no candidates', { candidates: [] }, 'candidates: Too small'],
    ['too many candidates', { candidates: Array(LIMITS.candidates_per_request + 1).fill('a') }, 'candidates: Too big'],
    ['a candidate that is no id', { candidates: ['a', ''] }, 'candidates.1: Too small'],
    ['a candidate that is too long', { candidates: ['x'.repeat(LIMITS.id_chars + 1)] }, 'candidates.0: Too big'],
    ['a candidate that is no text', { candidates: [7] }, 'candidates.0: Invalid input: expected string'],
    ['candidates that are no list', { candidates: 'a' }, 'candidates: Invalid input: expected array'],
    [
      'a search without a query',
      { surface: 'search' },
      'query: expected what the user typed, because the surface is search',
    ],
    ['a search of nothing', { surface: 'search', query: '' }, 'query: '],
    ['a query that is too long', { query: 'x'.repeat(LIMITS.query_chars + 1) }, 'query: '],
    ['a pin behind the longest list', { pins: [{ item: 'a', position: LIMITS.items_per_list }] }, 'pins.0.position: '],
    [
      'an item pinned twice',
      {
        pins: [
          { item: 'a', position: 0 },
          { item: 'a', position: 1 },
        ],
      },
      'pins: expected each item',
    ],
    [
      'two pins at one place',
      {
        pins: [
          { item: 'a', position: 0 },
          { item: 'b', position: 0 },
        ],
      },
      'pins: expected one item',
    ],
  ])('of %s is refused, and told why', (_name, more, detail) => {
    expect(refusalOf(more)).toContain(`invalid_field: ${detail}`);
  });
});

describe('a list', () => {
  const spent_ms = { queue: 1, candidates: 1, features: 1, score: 1 };
  const written = (features: unknown) => {
    const items = [{ item: 'a', position: 0, score: 1, propensity: 1, reason: 'popular', features }];
    const head = { ...request, model: 'm', arm: 'champion', features_version: 'f', history: [], index: {} };
    return { ...head, candidates: 1, items, spent_ms };
  };

  it('has its features as numbers, or packed', () => {
    const features = [0, 1, 0.40547, -0.00001, 12.34567, 83.88607, 4_096.5];
    const packed = packRows(Float32Array.from(features), features.length)(0);
    for (const given of [features, packed]) expect(RankedList.parse(written(given))).toEqual(written(features));
    for (const none of [[], '']) expect(RankedList.parse(written(none))).toEqual(written([]));
  });

  it.each([
    ['half a number', 'AAA='],
    ['what is no base64', '!!!!'],
    ['infinity', Buffer.from(Float32Array.of(Number.POSITIVE_INFINITY).buffer).toString('base64')],
    ['a number alone', 5],
    ['texts', ['1']],
  ])('of %s in place of features is refused', (_, features) => {
    const { success, error } = RankedList.safeParse(written(features));
    expect([success, error?.issues[0]]).toMatchObject([false, { path: ['items', 0, 'features'] }]);
    expect(error?.issues[0]?.message).toContain('float32');
  });

  it('that was written before policies, histories and vectors is still read', () => {
    const items = [{ item: 'a', position: 0, score: 1, propensity: 1, reason: 'popular', features: [1] }];
    const old = { ...request, model: 'm', arm: 'champion', features_version: 'f', candidates: 1, items, spent_ms };
    expect(RankedList.parse(old)).toEqual({ ...old, history: [], index: {} });
  });
});
