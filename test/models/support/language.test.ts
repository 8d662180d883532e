import { expect, it } from 'vitest';
import { languageOf, spokenTo } from '../../../models/support/language.ts';

it.each([
  ['Where is my order?', 'en'],
  ['Kann ich das zurückgeben?', 'de'],
  ['Où est ma commande ?', 'fr'],
  ['¿Dónde está mi pedido?', 'es'],
  ['返品できますか？', 'ja'],
])('%s is %s', (text, language) => {
  expect(languageOf(text)).toBe(language);
});

it('what is too short to tell has no language, and is answered in the first', () => {
  expect(languageOf('?')).toBeUndefined();
  expect(spokenTo(undefined)).toBe('en');
  expect(spokenTo('ja')).toBe('en');
  expect(spokenTo('es')).toBe('es');
});
