import { describe, expect, it } from 'vitest';
import { analyse } from '../../../models/retrieval/analyse.ts';

describe('analyse', () => {
  it.each([
    ['Laptops and BATTERIES', ['laptop', 'and', 'battery']],
    ['Café Ｗｉｄｅ', ['cafe', 'wide']],
    ['Lautsprecher für Fußböden', ['lautsprecher', 'fur', 'fußboden']],
    ['Wi-Fi', ['wifi', 'wi', 'fi']],
    ["HP's", ['hp']],
    ['C++ & "quotes" — 24"', ['c', 'quote', '24']],
    ['cameras, cases, glass, bus, gaming', ['camera', 'case', 'glass', 'bus', 'gaming']],
    ['', []],
  ])('%j is %j', (text, terms) => expect(analyse(text)).toEqual(terms));

  it.each([
    ['006R90321', ['006r90321']],
    ['i7 4K', ['i7', '4k']],
    ['iPhone7', ['iphone7', 'iphone', '7']],
    ['500GB', ['500gb', '500', 'gb']],
    ['DDR4-2666', ['ddr42666', 'ddr4', 'ddr', '4', '2666']],
    ['2.4 GHz', ['2.4', 'ghz']],
    ['1,000 x 3.5', ['1,000', 'x', '3.5']],
    ['GTX-1080', ['gtx1080', 'gtx', '1080']],
  ])('keeps the numbers and codes of %j: %j', (text, terms) => expect(analyse(text)).toEqual(terms));

  it('has a term in common for each way of writing a code', () => {
    const ways = ['RTX 2060', 'RTX-2060', 'rtx2060', 'RTX/2060'].map(analyse);
    for (const terms of ways) expect(terms).toEqual(expect.arrayContaining(['rtx', '2060']));
  });

  it('leaves letters of other scripts as they are', () => {
    expect(analyse('ガラス Йод 무선')).toEqual(['ガラス', 'йод', '무선']);
  });
});
