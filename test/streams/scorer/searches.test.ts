import { describe, expect, it } from 'vitest';
import { tasteOf } from '../../../models/features/taste.ts';
import { RankRequest } from '../../../schemas/topics/ranking.ts';
import { SearchTold } from '../../../schemas/topics/search.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { asksForSearch, candidatesFor } from '../../../streams/surfaces/surface.ts';

const T0 = 1_700_000_000_000;

let offset = 0;
function record(key: string, value: unknown) {
  return { key, value: Buffer.from(JSON.stringify(value)), offset: offset++, timestamp_ms: T0 };
}

function shop(): Memory {
  const memory = new Memory();
  for (const [item, title, price] of [
    ['sofa', 'red sofa', 500],
    ['lamp', 'red lamp', 20],
  ] as const) {
    memory.apply('shop.catalogue', 0, record(item, { v: 1, item, at_ms: T0, title, category: 'home', price }));
  }
  return memory;
}

function asked(query: string, search: object = {}): RankRequest {
  const who = { v: 1, id: 'r', at_ms: T0, user: 'u', session: 's', surface: 'search' };
  return RankRequest.parse({ ...who, query, search });
}

function ask(memory: Memory, request: RankRequest) {
  const { candidates, search } = candidatesFor({
    request,
    memory,
    recent: [],
    taste: tasteOf(undefined, () => undefined),
  });
  expect(SearchTold.parse(search)).toEqual(search);
  return { items: candidates.map(({ item, reason }) => [item, reason]), search };
}

const learned = (part: string, more: object) => record(part, { v: 1, part, at_ms: T0, ...more });

describe("a scorer's searches", () => {
  it('go by what the topic says was learned, the newest', () => {
    const memory = shop();
    const couch = [{ from: 'couch', to: 'sofa', users: 7, lift: 9 }];
    memory.apply('search.learned', 0, learned('synonyms', { synonyms: couch }));
    expect(ask(memory, asked('couch'))).toMatchObject({
      items: [['sofa', 'words']],
      search: { understood: { synonyms: [{ from: 'couch', to: 'sofa' }] } },
    });
    memory.apply('search.learned', 0, learned('synonyms', { synonyms: 'none' })); // refused: nothing changes
    expect(ask(memory, asked('couch')).items).toEqual([['sofa', 'words']]);
    memory.apply('search.learned', 0, learned('synonyms', { synonyms: [] }));
    expect(ask(memory, asked('couch'))).toMatchObject({ search: { rescue: 'popular' } });
  });

  it('give completions in place of products where these are asked for, and need no vector', () => {
    const memory = shop();
    memory.apply('search.learned', 0, learned('suggestions', { suggestions: [{ query: 'red sofa', weight: 3 }] }));
    const request = asked('re', { suggest: 5 });
    expect(ask(memory, request)).toEqual({ items: [], search: { suggestions: ['red sofa'] } });
    expect(asksForSearch(request)).toBe(false);
    expect(asksForSearch(asked('re'))).toBe(true);
  });

  it('keep to filters that the request brings, and are taken literally where it says so', () => {
    const memory = shop();
    const filters = [{ field: 'price', at_most: 100 }];
    expect(ask(memory, asked('red', { filters })).items).toEqual([['lamp', 'words']]);
    expect(ask(memory, asked('red sofa under 100 €', { understand: [] })).items[0]).toEqual(['sofa', 'words']);
    expect(ask(memory, asked('red under 100 €')).items).toEqual([['lamp', 'words']]);
  });
});
