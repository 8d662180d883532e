import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../schemas/limits.ts';
import { parseRecord } from '../../schemas/parse.ts';
import { RankedList, RankRequest } from '../../schemas/ranking.ts';

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
    ['pins and exclusions', { pins: [{ item: 'a', position: 3 }], exclude: ['b', 'c'] }],
  ])('of %s is accepted', (_name, more) => {
    expect(refusalOf(more)).toBe('accepted');
  });

  it.each([
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
  it('that was written before policies, histories and vectors is still read', () => {
    const items = [{ item: 'a', position: 0, score: 1, propensity: 1, reason: 'popular', features: [1] }];
    const spent_ms = { queue: 1, candidates: 1, features: 1, score: 1 };
    const old = { ...request, model: 'm', arm: 'champion', features_version: 'f', candidates: 1, items, spent_ms };
    expect(RankedList.parse(old)).toEqual({ ...old, history: [], index: {} });
  });
});
