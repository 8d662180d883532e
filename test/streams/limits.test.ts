/** What comes to a topic is held to its limits: as much as they allow is taken, and one more is refused, with where. */
import { describe, expect, it } from 'vitest';
import { type JsonSchema, messagesOf } from '../../cli/reference/asyncapi.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Account, Campaign, Claim } from '../../schemas/topics/ads.ts';
import { admit } from '../../streams/admit.ts';
import type { TopicName } from '../../streams/graph.ts';

const NOW = 1_700_000_000_000;
const head = { v: 1, at_ms: NOW, user: 'u', session: 's' };
const view = { ...head, id: 'e', type: 'view', item: 'i' };
const product = { v: 1, at_ms: NOW, item: 'i', title: 't', category: 'c' };
const request = { ...head, id: 'r', surface: 'search', query: 'q' };
const campaign = { v: 1, at_ms: NOW, campaign: 'c', items: ['i'], bid_micros: 1, daily_micros: 1, currency: 'EUR' };
const money = { currency: 'EUR', day: '2026-11-28' };
const claim: Omit<Claim, 'id'> = {
  ...{ v: 1, at_ms: NOW, list: 'l', list_at_ms: NOW, item: 'i', position: 0, campaign: 'c', pays_for: 'click' },
  ...{ ...money, price_micros: 1, daily_micros: 1 },
};
const day = { ...money, billed_micros: 0, billed: 0, unbilled_micros: 0, unbilled: 0 };
const account: Omit<Account, 'days'> = { v: 1, campaign: 'c', next: 0, from: 0, clock_ms: 0 };
const answer = {
  ...{ ...head, id: 'a', question: 'q', language: null, intent: null, outcome: 'answered', text: 't' },
  ...{ statements: [], generator: 'g', dropped: 0, spent_ms: 0 },
};
const KEY: Partial<Record<TopicName, string>> = {
  'shop.catalogue': 'i',
  'shop.campaigns': 'c',
  'ads.claims': 'c',
  'ads.ledger': 'c',
};

const text = (n: number) => 'x'.repeat(n);
const many = <V>(n: number, value: (at: number) => V) => Array.from({ length: n }, (_, at) => value(at));
const bytes = (record: object) => (n: number) => ({
  ...record,
  pad: text(n - JSON.stringify({ ...record, pad: '' }).length),
});
const capped = (cap: Partial<Campaign['cap']>) => ({ ...campaign, cap: { most: 1, hours: 1, ...cap } });

/** A record that has as much as asked of what is limited, and by what it is refused. */
const LIMITED: [keyof typeof LIMITS, TopicName, (n: number) => object, RegExp][] = [
  ['id_chars', 'shop.events', n => ({ ...view, id: text(n) }), /^invalid_field: id: /],
  ['id_chars', 'shop.catalogue', n => ({ ...product, category: text(n) }), /^invalid_field: category: /],
  ['query_chars', 'shop.events', n => ({ ...view, query: text(n) }), /^invalid_field: query: /],
  ['text_chars', 'shop.events', n => ({ ...head, id: 'e', type: 'question', text: text(n) }), /^invalid_field: text: /],
  ['items_per_list', 'shop.events', n => ({ ...view, position: n }), /^invalid_field: position: /],
  ['future_ms', 'shop.events', n => ({ ...view, at_ms: NOW + n }), /^future: /],
  ['event_bytes', 'shop.events', bytes(view), /^too_large: /],
  ['text_chars', 'shop.catalogue', n => ({ ...product, title: text(n) }), /^invalid_field: title: /],
  ['path_chars', 'shop.catalogue', n => ({ ...product, image: text(n) }), /^invalid_field: image: /],
  [
    'attributes_per_product',
    'shop.catalogue',
    n => ({ ...product, attributes: Object.fromEntries(many(n, at => [`a${at}`, 'v'])) }),
    /^invalid_field: attributes: too many attributes/,
  ],
  ['event_bytes', 'shop.catalogue', bytes(product), /^too_large: /],
  ['query_chars', 'rank.requests', n => ({ ...request, query: text(n) }), /^invalid_field: query: /],
  ['items_per_list', 'rank.requests', n => ({ ...request, count: n }), /^invalid_field: count: /],
  ['candidates_per_request', 'rank.requests', n => ({ ...request, candidates: many(n, String) }), /: candidates: /],
  [
    'items_per_list',
    'rank.requests',
    n => ({ ...request, shown: many(n, position => ({ item: 'i', position, propensity: 1 })) }),
    /: shown: /,
  ],
  [
    'search_filters',
    'rank.requests',
    n => ({ ...request, search: { filters: many(n, () => ({ field: 'brand', value: 'b' })) } }),
    /: search.filters: /,
  ],
  ['facet_values', 'rank.requests', n => ({ ...request, search: { facets: n } }), /: search.facets: /],
  ['suggestions_per_request', 'rank.requests', n => ({ ...request, search: { suggest: n } }), /: search.suggest: /],
  ['request_bytes', 'rank.requests', bytes(request), /^too_large: /],
  ['ad_micros', 'shop.campaigns', n => ({ ...campaign, bid_micros: n }), /: bid_micros: /],
  ['items_per_campaign', 'shop.campaigns', n => ({ ...campaign, items: many(n, String) }), /: items: /],
  ['label_chars', 'shop.campaigns', n => ({ ...campaign, label: text(n) }), /: label: /],
  ['exposures_per_campaign', 'shop.campaigns', n => capped({ most: n }), /: cap.most: /],
  ['cap_hours', 'shop.campaigns', n => capped({ hours: n }), /: cap.hours: /],
  ['claim_chars', 'ads.claims', n => ({ ...claim, id: text(n) }), /: id: /],
  ['days_per_account', 'ads.ledger', n => ({ ...account, days: many(n, () => day) }), /: days: /],
  ['source_chars', 'support.answers', n => ({ ...answer, sources: [{ id: text(n), title: 't' }] }), /: sources.0.id: /],
  ['record_bytes', 'support.answers', bytes({ ...answer, sources: [] }), /^too_large: /],
];

function verdict(topic: TopicName, record: object): string {
  const said = admit(topic, {
    key: KEY[topic] ?? 'u',
    value: Buffer.from(JSON.stringify(record)),
    offset: 0,
    timestamp_ms: NOW,
  });
  return said.ok ? 'taken' : `${said.refusal.reason}: ${said.refusal.detail}`;
}

it.each(LIMITED)('%s of %s', (name, topic, record, refusal) => {
  expect(verdict(topic, record(LIMITS[name]))).toBe('taken');
  expect(verdict(topic, record(LIMITS[name] + 1))).toMatch(refusal);
});

describe('what a shop may write', () => {
  it.each(['shop.events', 'raw.events', 'shop.catalogue', 'rank.requests', 'raw.requests', 'shop.campaigns'] as const)(
    '%s has no text and no list without a limit',
    topic => {
      const bounds = messagesOf(topic).flatMap(({ name, schema }) => boundsOf(name, schema));
      expect(bounds.filter(({ isBounded }) => !isBounded).map(({ at }) => at)).toEqual([]);
      expect(bounds.length).toBeGreaterThan(5);
    },
  );
});

/** The texts and lists of a schema. That of attributes is a refinement, which no JSON Schema tells. */
function boundsOf(at: string, schema: JsonSchema): { at: string; isBounded: boolean }[] {
  const inside = [
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(each => boundsOf(at, each)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, each]) => boundsOf(`${at}.${name}`, each)),
    ...(schema.items ? boundsOf(`${at}[]`, schema.items) : []),
    ...(typeof schema.additionalProperties === 'object' ? boundsOf(`${at}{}`, schema.additionalProperties) : []),
  ];
  if (schema.const !== undefined || schema.enum) return inside;
  if (schema.type === 'array') return [{ at, isBounded: schema.maxItems !== undefined }, ...inside];
  const isOfOneLength = /^\^[^*+]*\$$/.test(String(schema.pattern));
  if (schema.type === 'string') return [{ at, isBounded: schema.maxLength !== undefined || isOfOneLength }, ...inside];
  return inside;
}
