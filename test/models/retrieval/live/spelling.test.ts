import { describe, expect, it } from 'vitest';
import { Spelling } from '../../../../models/retrieval/live/spelling.ts';

describe('spelling', () => {
  const spelling = new Spelling();
  for (const word of ['keyboard', 'keyboards', 'monitor', 'printer', 'pointer', 'usb', '12345']) spelling.add(word);

  it.each([
    ['keybord', ['keyboard']],
    ['keyboardd', ['keyboard', 'keyboards']],
    ['moniter', ['monitor']],
    ['pritner', ['printer']],
    ['prointer', ['printer', 'pointer']],
    ['keyboard', ['keyboards']],
    ['eyboard', []],
    ['mntr', []],
    ['usc', []],
    ['12346', []],
    ['ponitor', []],
  ])('of %j may have been meant to be %j', (word, meant) => {
    expect(spelling.meant(word).toSorted()).toEqual(meant.toSorted());
  });

  it('is of the words that are there', () => {
    spelling.delete('monitor');
    spelling.delete('never heard of');
    expect(spelling.meant('moniter')).toEqual([]);
  });
});
