import { describe, expect, it } from 'vitest';
import { verdictOn } from '../../../streams/import/load/verdicts.ts';

const NOW_MS = 1_795_546_500_000;
const AT = { topic: 'import.0123456789abcdef', row: 7 };
const event = { v: 1, id: 'e', type: 'click', at_ms: NOW_MS - 1, user: 'anna', session: 's', item: 'teapot' };
const verdict = (record: unknown) =>
  verdictOn(typeof record === 'string' ? record : JSON.stringify(record), AT, NOW_MS);

describe('a row of an archive is judged as its topic judges', () => {
  it.each([
    ['nonsense', 'not_json', /JSON/],
    [[1], 'invalid_field', /expected object/],
    [{ ...event, type: 'wink' }, 'unknown_type', /type/],
    [{ ...event, v: 2 }, 'unknown_version', /expected 1/],
    [{ ...event, id: 5 }, 'invalid_field', /id/],
    [{ ...event, at_ms: NOW_MS + 10 * 60_000 }, 'future', /clock/],
    [{ ...event, item: '\ud800' }, 'invalid_field', /surrogate/],
    [{ v: 1, item: 'x', at_ms: 1, title: 'X' }, 'invalid_field', /category/],
  ])('%j is refused: %s', (record, reason, detail) => {
    const refused = verdict(record);
    expect(refused).toMatchObject({ kind: 'refused', reason, detail: expect.stringMatching(detail) });
    expect(refused).toMatchObject({ letter: { id: 'import.0123456789abcdef/0/7', source_offset: 7, reason } });
  });

  it('events, products and lists go to their tables', () => {
    expect(verdict({ ...event, type: 'search', item: undefined, query: 'pot' })).toMatchObject({
      ...{ kind: 'events', table: 'events' },
      rows: [{ type: 'search', query: 'pot', item: '' }],
    });
    expect(verdict({ v: 1, item: 'x', at_ms: 5, title: 'X', category: 'c' })).toMatchObject({
      ...{ kind: 'products', table: 'catalogue' },
      rows: [{ item: 'x', at: 5, withdrawn: false }],
    });
    const shown = [{ item: 'a', position: 0, propensity: 0.5 }];
    const request = { v: 1, id: 'l', at_ms: 5, user: 'u', session: 's', surface: 'home' };
    expect(verdict({ ...request, shown })).toMatchObject({
      ...{ kind: 'lists', table: 'ranked_lists' },
      rows: [{ list: 'l', items: ['a'], propensities: [0.5], arm: 'recorded' }],
    });
    expect(verdict(request)).toEqual({ kind: 'skipped' });
  });

  it('rows of tables, in which what is absent is empty, are what they were made of', () => {
    const row = {
      ...event,
      v: undefined,
      at_ms: null,
      at: '2026-11-20 10:00:00.250',
      list: '',
      position: null,
      value: null,
    };
    expect(verdict(row)).toMatchObject({
      kind: 'events',
      rows: [{ at: Date.UTC(2026, 10, 20, 10, 0, 0, 250), list: '' }],
    });
    expect(verdict({ ...row, type: 'follow', item: '' })).toMatchObject({ kind: 'events', rows: [{ type: 'follow' }] });
    for (const [type, item, target] of [
      ['follow', '', 'u2'],
      ['unfollow', '', 'brand/acme'],
      ['share', 'i', 'u3'],
    ]) {
      expect(verdict({ ...row, type, item, target })).toMatchObject({ kind: 'events', rows: [{ type, target }] });
    }
    expect(verdict({ ...row, type: 'question', item: '', query: 'how?' })).toMatchObject({ rows: [{ query: 'how?' }] });
    const product = { item: 'x', at_ms: 5, title: '', category: '', withdrawn: true };
    expect(verdict(product)).toMatchObject({ kind: 'products', rows: [{ item: 'x', withdrawn: true, at: 5 }] });
    const list = {
      list: 'l',
      at_ms: 5,
      user: 'u',
      session: 's',
      items: ['a', 'b'],
      propensities: [null, 0.25],
      scores: [2, 1],
    };
    expect(verdict(list)).toMatchObject({
      kind: 'lists',
      rows: [{ list: 'l', items: ['a', 'b'], propensities: [null, 0.25], scores: [2, 1], surface: 'home' }],
    });
  });

  it('lists that may not be learned from stay so, from requests and from rows of tables', () => {
    const list = { list: 'l', at_ms: 5, user: 'u', session: 's', items: ['a'] };
    const shown = [{ item: 'a', position: 0, propensity: null }];
    const request = { v: 1, id: 'l', at_ms: 5, user: 'u', session: 's', surface: 'home', shown };
    const teaches = (row: object) => expect.objectContaining({ kind: 'lists', rows: [expect.objectContaining(row)] });
    expect(verdict({ ...list, teaches: false })).toEqual(teaches({ teaches: false }));
    expect(verdict({ ...list, teaches: true })).toEqual(teaches({ teaches: true }));
    expect(verdict({ ...request, consent: { training: false } })).toEqual(teaches({ teaches: false }));
    expect(verdict(request)).toEqual(teaches({ teaches: true }));
  });
});
