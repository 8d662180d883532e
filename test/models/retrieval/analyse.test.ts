import { describe, expect, it } from 'vitest';
import { analyse } from '../../../models/retrieval/analyse.ts';
import { LIMITS } from '../../../schemas/limits.ts';

describe('analyse', () => {
  it.each([
    ['Laptops and BATTERIES', ['laptop', 'and', 'battery']],
    ['Café Ｗｉｄｅ', ['cafe', 'wide']],
    ['Lautsprecher für Fußböden', ['lautsprecher', 'fur', 'fußboden']],
    ['Phở bò й', ['pho', 'bo', 'й']],
    ['Wi-Fi', ['wifi', 'wi', 'fi']],
    ["HP's", ['hp']],
    ['C++ & "quotes"', ['c', 'quote']],
    ['cameras, cases, glass, bus, gaming', ['camera', 'case', 'glass', 'bus', 'gaming']],
    ['', []],
  ])('%j is %j', (text, terms) => expect(analyse(text)).toEqual(terms));

  it('does not look back from each of the accents that a text may have', () => {
    expect(analyse(`a${'\u0301'.repeat(LIMITS.event_bytes)} b`)).toEqual(['a', 'b']);
  });

  it.each([
    ['006R90321', ['006r90321']],
    ['i7 4K', ['i7', '4k']],
    ['iPhone7', ['iphone7', 'iphone', '7']],
    ['500GB', ['500gb', '500', 'gb']],
    ['DDR4-2666', ['ddr42666', 'ddr4', 'ddr', '4', '2666']],
    ['2.4 GHz', ['2.4ghz', '2.4', 'ghz']],
    ['wd-500gb 2x4 GB', ['wd500gb', 'wd', '500gb', '500', 'gb', '2x4', 'gb']],
    ['1,000 x 3.5', ['1,000', 'x', '3.5']],
    ['GTX-1080', ['gtx1080', 'gtx', '1080']],
  ])('keeps the numbers and codes of %j: %j', (text, terms) => expect(analyse(text)).toEqual(terms));

  it('has a term in common for each way of writing a code', () => {
    const ways = ['RTX 2060', 'RTX-2060', 'rtx2060', 'RTX/2060'].map(analyse);
    for (const terms of ways) expect(terms).toEqual(expect.arrayContaining(['rtx', '2060']));
  });

  it.each([
    [
      ['15.6"', '15.6 inch', '15.6-inch', '15.6 Inches', '15.6″'],
      ['15.6inch', '15.6', 'inch'],
    ],
    [
      ['4GB', '4 gb', '4-GB'],
      ['4gb', '4', 'gb'],
    ],
    [
      ['1.5TB', '1.5 TB'],
      ['1.5tb', '1.5', 'tb'],
    ],
    [
      ['500W', '500 W'],
      ['500w', '500', 'w'],
    ],
  ])('has the same terms for a number and its unit, however they are written: %j', (ways, terms) => {
    for (const way of ways) expect(analyse(`for ${way}, new`)).toEqual(['for', ...terms, 'new']);
  });

  it('leaves letters of other scripts as they are', () => {
    expect(analyse('ガラス Йод 무선')).toEqual(['ガラス', 'йод', '무선']);
  });
});
