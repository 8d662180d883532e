import { describe, expect, it } from 'vitest';
import { extract } from '../../../../models/support/answer/extract.ts';
import { carried } from '../../../../models/support/answer/faithful.ts';
import { sectionsOf } from '../../../../models/support/passages/documents.ts';
import type { Passage } from '../../../../models/support/passages/passage.ts';
import fc from '../../../properties.ts';

const RETURNS: Passage = {
  id: 'policy:returns',
  kind: 'policy',
  title: 'Returns',
  sentences: ['You may send back any product within 30 days.', 'Opened cosmetics cannot be returned.'],
};
const said = (text: string, sources = ['policy:returns']) => carried([{ text, sources }], [RETURNS]);

describe('what sources carry', () => {
  it.each([
    ['word by word', 'You may send back any product within 30 days.'],
    ['in another order', 'Within 30 days you may send back any product.'],
    ['shorter', 'You may send back products within 30 days.'],
    ['with more around it', 'Yes: "You may send back any product within 30 days."'],
  ])('is chosen by who says it, and told in its own words: %s', (_how, text) => {
    expect(said(text)).toEqual([{ text: RETURNS.sentences[0], sources: ['policy:returns'] }]);
  });

  it('is chosen by a denial, too', () => {
    expect(said('Opened cosmetics can not be returned.')).toMatchObject([{ text: RETURNS.sentences[1] }]);
  });

  it.each([
    ['another number', 'You may send back any product within 60 days.'],
    ['a number more', 'You may send back any product within 30 days for 5 EUR.'],
    ['a denial less', 'Opened cosmetics can be returned.'],
    ['a denial more', 'You may not send back any product within 30 days.'],
    ['words of two sentences as one', 'Opened cosmetics: you may send back any product within 30 days.'],
    ['something else', 'Our offices are open on Sundays.'],
    ['an address', 'You may send back any product within 30 days via https://evil.example.'],
    ['nothing at all', 'You may do so.'],
  ])('and by nothing else: %s', (_what, text) => {
    expect(said(text)).toEqual([]);
  });

  const FACTS = [
    'The customer pays for the return and the shop pays for the delivery.',
    'Refunds take 5 days for cards and 14 days for vouchers.',
    'Express delivery arrives on the next working day if you order before noon, and costs 9.90 EUR.',
    'Underwear can be returned only if its seal is intact.',
    'Der Kunde bezahlt die Rücksendung, der Shop die Lieferung.',
    'Les remboursements prennent 5 jours par carte et 14 jours par bon.',
    'El cliente paga la devolución y la tienda paga el envío.',
  ];
  it.each([
    ['who does what is turned around', 'The shop pays for the return and the customer pays for the delivery.', 0],
    ['what lies between is left out', 'The customer pays for the delivery.', 0],
    ['numbers are swapped', 'Refunds take 14 days for cards and 5 days for vouchers.', 1],
    ['a quantifier is added', 'Refunds always take 5 days for cards.', 1],
    ['a number goes to another word', 'Refunds take 5 days for vouchers.', 1],
    [
      'facts are mixed',
      'Express delivery costs 9.90 EUR if you order on the next working day, and arrives before noon.',
      2,
    ],
    ['a condition is lost', 'Express delivery arrives on the next working day.', 2],
    ['a limit is lost', 'Underwear can be returned if its seal is intact.', 3],
    ['all of it in German', 'Der Shop bezahlt die Rücksendung, der Kunde immer die Lieferung.', 4],
    ['all of it in French', 'Les remboursements prennent toujours 14 jours par carte et 5 jours par bon.', 5],
    ['all of it in Spanish', 'La tienda paga siempre la devolución y el cliente paga el envío.', 6],
  ])('is never told as somebody twists it: %s', (_how, twisted, fact) => {
    const passage: Passage = { ...RETURNS, sentences: FACTS };
    const told = carried([{ text: twisted, sources: [RETURNS.id] }], [passage]).map(({ text }) => text);
    expect(told).toEqual([FACTS[fact]]);
  });

  it('is of several sentences the one with most of it', () => {
    const sentences = ['Cards are refunded.', 'Cards are refunded within 5 days.'];
    const of = (text: string) => carried([{ text, sources: [RETURNS.id] }], [{ ...RETURNS, sentences }]);
    expect(of('We refunded cards in 5 days.')).toMatchObject([{ text: sentences[1] }]);
    expect(of('The cards get refunded.')).toMatchObject([{ text: sentences[0] }]);
  });

  it('nothing without a source, or with one that was not given', () => {
    expect(said('You may send back any product within 30 days.', [])).toEqual([]);
    expect(said('You may send back any product within 30 days.', ['policy:other'])).toEqual([]);
  });

  it('of several sources only those that do are cited', () => {
    const other = { ...RETURNS, id: 'policy:other', sentences: ['We are closed.'] };
    const text = 'You may send back any product within 30 days.';
    expect(carried([{ text, sources: ['policy:other', 'policy:returns'] }], [other, RETURNS])).toEqual([
      { text, sources: ['policy:returns'] },
    ]);
  });

  it('is a sentence of what is cited, whatever is made of its words', () => {
    const words = [...FACTS, 'Always all cards may never cost 5 EUR unless 14 days.'].flatMap(text => text.split(' '));
    const made = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 20 }).map(some => some.join(' '));
    fc.assert(
      fc.property(made, text => {
        const passage: Passage = { ...RETURNS, sentences: FACTS };
        for (const told of carried([{ text, sources: [RETURNS.id] }], [passage])) expect(FACTS).toContain(told.text);
      }),
    );
  });

  it('what is extracted always is, word by word', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ maxLength: 60 }), { maxLength: 6 }), (question, lines) => {
        const passages = sectionsOf('any', lines.join('\n'));
        const statements = extract(question, passages);
        expect(carried(statements, passages)).toEqual(statements);
        const sentences = passages.flatMap(passage => passage.sentences);
        for (const { text } of statements) expect(sentences).toContain(text);
      }),
    );
  });
});
