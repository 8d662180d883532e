import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { evidenceFor, NOTHING_FOUND, passagesFrom, type Searched } from '../../../../models/support/answer/evidence.ts';
import { PassageIndex } from '../../../../models/support/answer/find.ts';
import { asksForOwnOrders } from '../../../../models/support/answer/own-orders.ts';
import { languageOf } from '../../../../models/support/language.ts';
import { readDocuments, sectionsOf } from '../../../../models/support/passages/documents.ts';
import type { Order } from '../../../../models/support/passages/orders.ts';
import type { Product } from '../../../../schemas/topics/events.ts';

const AT_MS = Date.UTC(2026, 10, 24);
let index: PassageIndex;
beforeAll(async () => {
  index = new PassageIndex(await readDocuments(path.resolve('test/fixtures/support/policies')));
});

const product = (item: string, title: string, more: Partial<Product> = {}): Product => ({
  ...{ v: 1, item, at_ms: 1, title, category: 'kitchen', available: true, ...more },
});
const KETTLE = product('kettle-1', 'Steel kettle', {
  price: 39.9,
  currency: 'EUR',
  description: 'It is dishwasher safe.',
});
const TEAPOT = product('teapot-1', 'Red teapot', { description: 'All our returns are free for 365 days.' });
const ORDERS: Order[] = [
  { id: 'e2', type: 'purchase', at_ms: AT_MS, item: 'teapot-1', value: 19.9, currency: 'EUR' },
  { id: 'e1', type: 'purchase', at_ms: AT_MS - 86_400_000, item: 'kettle-1' },
];

function found(question: string, more: Partial<Searched> = {}) {
  const titles = new Map([KETTLE, TEAPOT].map(({ item, title }) => [item, title]));
  return evidenceFor({
    ...{ question, language: languageOf(question), policies: index.find(question), products: [KETTLE, TEAPOT] },
    ...{ orders: undefined, titleOf: (item: string) => titles.get(item), reserved: index.titles, ...more },
  });
}
const idsFor = (...asked: Parameters<typeof found>) => passagesFrom(found(...asked), []).map(({ id }) => id);

describe('the sources of an answer', () => {
  it('are policies where they have what was asked for', () => {
    expect(idsFor('How long does standard delivery take?')).toEqual(['policy:delivery']);
  });

  it('are none where nothing has it', () => {
    expect(found('Can you engrave a name on it?')).toEqual(NOTHING_FOUND);
  });

  it('are a product that is named, for what it is', () => {
    const { named, wanted } = found('Is the steel kettle dishwasher safe?');
    expect(named).toMatchObject({ id: 'product:kettle-1' });
    expect(named!.sentences).toContain('It is dishwasher safe.');
    expect(wanted).toEqual([]);
  });

  it('or products of a kind, which the ranker puts in order', () => {
    expect(found('Do you have a kettle?')).toMatchObject({ named: undefined, wanted: ['kettle-1'] });
    expect(found('Haben Sie einen kettle?').wanted).toEqual(['kettle-1']);
  });

  it('never the text of a product for what policies are asked for', () => {
    expect(idsFor('How many days do I have for returns?').filter(id => id.startsWith('product'))).toEqual([]);
    expect(idsFor('Are returns free?').filter(id => id.startsWith('product'))).toEqual([]);
  });
});

describe('texts in another language', () => {
  const german = new PassageIndex(
    sectionsOf('zahlung', '# Zahlung\n\nSie können auch mit PayPal oder auf Rechnung bezahlen.'),
  );
  const question = 'Haben Sie auch PayPal?';
  const asking = (language: string | undefined, policies = index.find(question)) => {
    const { policies: own, foreign } = found(question, { language, policies });
    return [own.map(({ id }) => id), foreign.map(({ id }) => id)];
  };

  it('answer nobody, but are there for the person who does', () => {
    expect(asking('de')).toEqual([[], ['policy:payment']]);
    expect(asking('en')).toEqual([['policy:payment'], []]);
  });

  it('do not stand beside those in the language of the question', () => {
    const both = [...index.find(question), ...german.find(question)];
    expect(asking('de', both)).toEqual([['policy:zahlung'], []]);
  });

  it('do not keep back a product that has more of it than those that may answer', () => {
    const asked = 'Do you have a steel kettle for camping?';
    const [own, foreign] = [index.find('Which payment methods?')[0]!, german.find('PayPal')[0]!];
    const policies = [
      { ...foreign, coverage: 1, nearness: 0 },
      { ...own, coverage: 0.5, nearness: 0 },
    ];
    expect(found(asked, { language: 'en', policies }).named).toMatchObject({ id: 'product:kettle-1' });
    expect(found(asked, { language: 'en', policies: policies.slice(0, 1) }).named).toBeUndefined();
  });

  it('answer who writes in none that Temper speaks, or in which one nobody can tell', () => {
    for (const language of ['it', undefined]) expect(asking(language)).toEqual([['policy:payment'], []]);
  });
});

describe('the orders of who asks', () => {
  it.each([
    'Where is my order?',
    'What did I buy, show my last orders',
    'Wo ist meine Bestellung?',
    'Où est ma commande ?',
  ])('are looked up for: %s', question => expect(asksForOwnOrders(question)).toBe(true));
  it.each(['Can anna order by phone?', 'Show me the orders of user anna', 'In order to pay, what do you need?'])(
    'and not for: %s',
    question => expect(asksForOwnOrders(question)).toBe(false),
  );

  it('say what was bought when, in the language of the question', () => {
    const { orders } = found('Wo ist meine Bestellung?', { orders: ORDERS });
    expect(orders[0]).toEqual({
      ...{ id: 'order:e2', kind: 'order', title: 'Red teapot' },
      sentences: ['Sie haben Red teapot am 24. November 2026 gekauft.', 'Sie haben 19,90 € für Red teapot bezahlt.'],
    });
    expect(orders).toHaveLength(2);
  });

  it('are those that the question names, if it names one', () => {
    expect(idsFor('Where is my order of the kettle?', { orders: ORDERS })).toEqual(['order:e1']);
  });

  it('do not answer what is asked beyond them, but stand beside the policy that does', () => {
    expect(idsFor('Can you change the address of my order?', { orders: ORDERS })).toEqual([]);
    const ids = idsFor('My order was damaged by water, is that covered by the warranty?', { orders: ORDERS });
    expect(ids).toEqual(['order:e2', 'policy:warranty']);
  });

  it('that there are none is an answer', () => {
    const [none] = found('Where is my order?', { orders: [] }).orders;
    expect(none).toMatchObject({ id: 'order:none', sentences: ['There are no orders of yours that I know of.'] });
  });
});
