import { describe, expect, it } from 'vitest';
import { hostileTitle } from '../../../../models/attack/text/hostile-title.ts';
import { lookAlikes } from '../../../../models/attack/text/look-alikes.ts';
import { retold, textOf, withText } from '../../../../models/attack/text/retold.ts';
import { attackTexts } from '../../../../models/attack/text/sellers.ts';
import { stuffing } from '../../../../models/attack/text/stuffing.ts';
import { typos } from '../../../../models/attack/text/typos.ts';
import { contentsOf } from '../../../../models/controls/contents.ts';
import fc from '../../../properties.ts';

const TITLE = 'Red teapot, 2 cups (glazed)';
const wordsOf = (text: string) => text.match(/[\p{L}\p{N}]+/gu) ?? [];
const ATTACKS = {
  typos: typos(0.5),
  lookAlikes: lookAlikes(0.5),
  stuffing: stuffing(['best', 'new', 'cheap'], 2),
  hostileTitle: hostileTitle(['Blue kettle', 'Tin mug']),
};

describe('attacks on texts', () => {
  it.each(Object.entries(ATTACKS))('%s is the same again from a seed, and another from others', (_, attack) => {
    expect(attack(TITLE, 3)).toBe(attack(TITLE, 3));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => attack(TITLE, seed))).size).toBeGreaterThan(1);
  });

  it.each(Object.entries({ typos, lookAlikes }))('%s keep to their budget, word by word', (_, attack) => {
    expect(attack(0)(TITLE, 1)).toBe(TITLE);
    const words = Array.from({ length: 2_000 }, (_, at) => `teapot${'abcdefgh'[at % 8]}`).join(' ');
    const changed = wordsOf(attack(0.3)(words, 5)).filter((word, at) => word !== wordsOf(words)[at]);
    expect(changed.length / 2_000).toBeGreaterThan(0.2);
    expect(changed.length / 2_000).toBeLessThan(0.4);
  });

  it('a typo is one mistake: what is between words, and short words, stay', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.nat(), (text, seed) => {
        const mistyped = typos(1)(text, seed);
        const between = (whole: string) => whole.split(/[\p{L}\p{N}\p{M}]+/u);
        expect(between(mistyped)).toEqual(between(text));
        expect(Math.abs([...mistyped].length - [...text].length)).toBeLessThanOrEqual(wordsOf(text).length);
      }),
    );
    expect(typos(1)('a to 19', 1)).toBe('a to 19');
    for (let seed = 0; seed < 50; seed++) expect(typos(1)('teapot', seed)).not.toBe('teapots');
  });

  it('a look-alike has as many letters, and exactly one is of another alphabet', () => {
    for (let seed = 0; seed < 30; seed++) {
      const looks = [...lookAlikes(1)('teapot', seed)];
      expect(looks).toHaveLength(6);
      expect(looks.filter((letter, at) => letter !== 'teapot'[at])).toHaveLength(1);
      expect(looks.join('')).toMatch(/[^\p{Script=Latin}]/u);
    }
    expect(lookAlikes(1)('zzz 77', 1)).toBe('zzz 77');
  });

  it('stuffing adds words of the list, each once; a hostile title stands before its own', () => {
    const stuffed = wordsOf(ATTACKS.stuffing(TITLE, 4));
    expect(stuffed.slice(2)).toEqual(wordsOf(TITLE));
    expect(new Set([...stuffed.slice(0, 2), 'best', 'new', 'cheap']).size).toBe(3);
    expect(['Blue kettle Own', 'Tin mug Own']).toContain(ATTACKS.hostileTitle('Own', 9));
  });

  it('some sellers attack, each with the same chance', () => {
    const texts = Array.from({ length: 1_000 }, () => TITLE);
    const share = attackTexts(texts, ATTACKS.stuffing, { share: 0.3, seed: 1 }).filter(text => text !== TITLE).length;
    expect(share).toBeGreaterThan(240);
    expect(share).toBeLessThan(360);
  });
});

describe('items that describe themselves anew', () => {
  const described = [
    ['attribute 1', 'word red', 'word teapot'],
    ['attribute 1', 'word blue', 'word teapot'],
    ['attribute 2', 'word red', 'word blue'],
  ];
  const contents = contentsOf(described)!;

  it('are as they were where nothing changed', () => {
    expect(retold(contents, described)).toEqual(contents);
    expect(withText(described[0]!, textOf(described[0]!))).toEqual(described[0]);
  });

  it('say nothing by words that the model has not learned, and what is left counts the more', () => {
    const other = described.map(own => withText(own, textOf(own).replace('teapot', 'teaopt')));
    const { tokens, shares, most } = retold(contents, other);
    const named = Array.from(tokens.subarray(0, most), token => contents.vocabulary[token]);
    expect(named).toEqual(['attribute 1', 'word red', '']);
    expect([...shares.subarray(0, most)]).toEqual([Math.fround(1 / Math.SQRT2), Math.fround(1 / Math.SQRT2), 0]);
  });
});
