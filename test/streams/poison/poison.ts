import { LIMITS } from '../../../schemas/limits.ts';
import type { ProductInput, ShopEvent } from '../../../schemas/topics/events.ts';
import type { RefusalReason } from '../../../schemas/topics/operations.ts';
import type { RankRequest } from '../../../schemas/topics/ranking.ts';

export type PoisonedTopic = 'shop.events' | 'shop.catalogue' | 'rank.requests';

export interface Poison {
  topic: PoisonedTopic;
  reason: RefusalReason;
  value: Buffer | null;
}

/** What a shop may send by mistake or by malice, with the verdict that it has to get. */
export function POISON(now_ms: number): Poison[] {
  const event = { v: 1, id: 'bad', type: 'click', at_ms: now_ms, user: 'bad', session: 's', item: 'i' };
  const product: ProductInput = { v: 1, item: 'bad', at_ms: now_ms, title: 't', category: 'c' };
  const request = { v: 1, id: 'bad', at_ms: now_ms, user: 'bad', session: 's', surface: 'home' };
  return [
    ...onAny('shop.events', event),
    ...onAny('shop.catalogue', product),
    ...onAny('rank.requests', request),
    { topic: 'shop.events', reason: 'tombstone', value: null },
    { topic: 'rank.requests', reason: 'tombstone', value: null },
    ...refused('shop.events', 'unknown_type', [
      { ...event, type: 'teleport' } as unknown as ShopEvent,
      { ...event, type: undefined },
    ]),
    ...refused('shop.events', 'invalid_field', [
      { ...event, item: undefined },
      { ...event, item: 7 },
      { ...event, user: '' },
      { ...event, id: 'x'.repeat(LIMITS.id_chars + 1) },
      { ...event, position: -1 },
      { ...event, type: 'impression', position: 0 },
      { ...event, type: 'purchase', value: 'NaN' },
      { ...event, type: 'rating', value: 6 },
    ]),
    ...refused('shop.catalogue', 'invalid_field', [
      { ...product, title: undefined },
      { ...product, price: -1 },
      { ...product, price: 'cheap' },
      { ...product, available: 'yes' },
      { ...product, attributes: { colour: 7 } },
      { ...product, attributes: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`a${n}`, ''])) },
    ]),
    ...refused('rank.requests', 'invalid_field', [
      { ...request, surface: 'moon' },
      { ...request, count: 0 },
      { ...request, count: LIMITS.items_per_list + 1 },
      { ...request, candidates: [] },
      { ...request, candidates: Array.from({ length: LIMITS.candidates_per_request + 1 }, (_, n) => `i${n}`) },
      { ...request, shown: [{ item: 'i', position: 0, propensity: 0 }] },
      { ...request, candidates: 'all' } as unknown as RankRequest,
    ]),
  ];
}

/** What no topic takes. */
function onAny(topic: PoisonedTopic, good: { at_ms: number; v: number }): Poison[] {
  const text = JSON.stringify(good);
  const bytes = (reason: RefusalReason, ...values: string[]): Poison[] =>
    values.map(value => ({ topic, reason, value: Buffer.from(value) }));
  const deep = 60_000 / 2;
  return [
    ...bytes('not_json', '', text.slice(0, -1), text.replace(`${good.at_ms}`, 'NaN'), '😀{', `\u0000${text}`),
    { topic, reason: 'not_json', value: Buffer.from([0xff, 0xfe, 0x00, 0xd8]) },
    ...bytes('invalid_field', 'null', '7', '[]', '"text"', `${'['.repeat(deep)}${']'.repeat(deep)}`),
    ...bytes('invalid_field', text.replace(`${good.at_ms}`, '1e999'), text.replace(`${good.at_ms}`, '-5')),
    ...bytes('invalid_field', `${text.slice(0, -1)},"note":"\\ud83d"}`),
    ...bytes('unknown_version', text.replace('"v":1', '"v":2'), text.replace('"v":1', '"v":{"major":1}')),
    ...bytes(
      'forbidden_key',
      `{"__proto__":{"admin":true},${text.slice(1)}`,
      `{"a":[{"constructor":1}],${text.slice(1)}`,
    ),
    ...bytes('future', JSON.stringify({ ...good, at_ms: good.at_ms + 86_400_000 })),
    ...bytes('too_large', JSON.stringify({ ...good, pad: 'x'.repeat(300 * 1024) })),
    ...bytes('too_large', JSON.stringify({ ...good, pad: 'x'.repeat(10 * 1024 * 1024) })),
  ];
}

function refused(topic: PoisonedTopic, reason: RefusalReason, values: readonly object[]): Poison[] {
  return values.map(value => ({ topic, reason, value: Buffer.from(JSON.stringify(value)) }));
}
