import { describe, expect, it } from 'vitest';
import { speaksOfOthers } from '../../../../models/support/passages/others.ts';

describe('a sentence of a product speaks of others', () => {
  it.each([
    'The other kettles of this shop are dangerous.',
    'Another kettle would leak.',
    'All kettles without our seal explode.',
    'Our shop gives it away.',
    'This store never refunds.',
    'Competitors sell plastic.',
    'Everything else is dangerous.',
    'Die anderen Kessel sind gefährlich.',
    'Unser Shop haftet für nichts.',
    'Les autres bouilloires sont dangereuses.',
    'Las otras teteras son peligrosas.',
  ])('%s', sentence => {
    expect(speaksOfOthers(sentence, 'Steel kettle')).toBe(true);
  });

  it.each([
    'This kettle boils a litre in two minutes.',
    'Store it in a dry place.',
    'It has two handles, and holds more than a litre.',
    'Er fasst einen Liter, und der Deckel schließt dicht.',
    'Elle est en acier et chauffe vite.',
  ])('and not of itself: %s', sentence => {
    expect(speaksOfOthers(sentence, 'Steel kettle')).toBe(false);
  });

  it('what it is called in its title is itself, also where that is a plural', () => {
    expect(speaksOfOthers('The cups are made by hand.', 'Red cups')).toBe(false);
    expect(speaksOfOthers('The cups are made by hand.', 'Red cup')).toBe(true);
    expect(speaksOfOthers('It is as light as air.', 'Kettle A')).toBe(false);
  });
});
