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
    ['with its denial', 'Opened cosmetics can not be returned.'],
  ])('is let through: %s', (_how, text) => {
    expect(said(text)).toEqual([{ text, sources: ['policy:returns'] }]);
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
  ])('and nothing else: %s', (_what, text) => {
    expect(said(text)).toEqual([]);
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
