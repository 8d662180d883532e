import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import type { Answer } from '../../../schemas/topics/support.ts';
import { Conversations } from '../../../streams/support/conversations.ts';
import { Orders } from '../../../streams/support/orders.ts';

const HOUR_MS = 3_600_000;

function answer(n: number, more: Partial<Answer> = {}): Answer {
  return {
    ...{ v: 1, id: `q${n}`, at_ms: n, user: 'u', session: 's', question: `Q${n}`, language: null, intent: null },
    ...{ outcome: 'answered', text: `A${n}`, statements: [], sources: [], generator: 'none', dropped: 0, spent_ms: 0 },
    ...more,
  };
}

describe('conversations', () => {
  it('remember what was said in a session, the newest ten, and to nobody else', () => {
    const said = new Conversations();
    for (let n = 1; n <= 12; n++) said.take(answer(n));
    said.take(answer(12));
    said.take(answer(13, { user: 'other' }));
    expect(said.before('u', 's', 20).map(({ question }) => question)).toEqual(
      Array.from({ length: 10 }, (_, n) => `Q${n + 3}`),
    );
    expect(said.before('other', 's', 20)).toHaveLength(1);
    expect(said.before('u', 'another', 20)).toEqual([]);
    expect(said.before('u","s', '', 20)).toEqual([]);
  });

  it('end with an hour of silence', () => {
    const said = new Conversations();
    said.take(answer(1));
    expect(said.before('u', 's', 1 + HOUR_MS)).toEqual([]);
    said.take(answer(2, { at_ms: 2 + HOUR_MS }));
    expect(said.before('u', 's', 3 + HOUR_MS)).toHaveLength(1);
  });

  it('know which questions were answered, as many as there is room for', () => {
    const said = new Conversations();
    for (let n = 0; n <= LIMITS.answers_remembered; n++) said.take(answer(n, { session: `s${n}` }));
    expect(said.has('q0')).toBe(false);
    expect(said.has('q1')).toBe(true);
    expect(said.before('u', 's0', 1)).toEqual([]);
    expect(said.before('u', 's1', 1)).toHaveLength(1);
  });
});

describe('orders', () => {
  const event = { v: 1, session: 's', user: 'u', item: 'i' } as const;

  it('are those of the archive and those that it does not have yet, each once, the newest first', async () => {
    const asked: unknown[] = [];
    const query = async <Row>(sql: string, params: unknown) => {
      asked.push([sql.includes('user = {user:String}'), params]);
      const row = { type: 'purchase', item: 'i', value: null, currency: '' };
      const archived = [
        { ...row, id: 'z', at_ms: '50', value: 7, currency: 'CHF' },
        { ...row, id: 'a', at_ms: '100' },
        { ...row, id: 'y', at_ms: '40' },
      ];
      return archived as Row[];
    };
    const orders = new Orders({ query });
    orders.note({ ...event, id: 'a', type: 'purchase', at_ms: 100, value: 5, currency: 'EUR' }, 1_000);
    orders.note({ ...event, id: 'b', type: 'return', at_ms: 200 }, 1_000);
    orders.note({ ...event, id: 'c', type: 'purchase', at_ms: 300, user: 'other' }, 1_000);
    orders.note({ ...event, id: 'd', type: 'view', at_ms: 300 }, 1_000);
    expect(await orders.of('u')).toEqual([
      { id: 'b', type: 'return', at_ms: 200, item: 'i' },
      { id: 'a', type: 'purchase', at_ms: 100, item: 'i', value: 5, currency: 'EUR' },
      { id: 'z', type: 'purchase', at_ms: 50, item: 'i', value: 7, currency: 'CHF' },
      { id: 'y', type: 'purchase', at_ms: 40, item: 'i' },
    ]);
    expect(asked).toEqual([[true, { user: 'u' }]]);
  });

  it('that were read ten minutes ago are the archive alone to tell', async () => {
    const orders = new Orders({ query: async () => [] });
    orders.note({ ...event, id: 'a', type: 'purchase', at_ms: 1 }, 1_000);
    orders.note({ ...event, id: 'b', type: 'view', at_ms: 2 }, 1_000 + 10 * 60_000);
    expect(await orders.of('u')).toEqual([]);
  });
});
