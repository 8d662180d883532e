import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { everyPosition, inNumbers, numberItems, readClicks } from '../../../bench/quality/clicks.ts';
import { readDescriptions } from '../../../bench/quality/next-item/contents.ts';
import { readLeftOut } from '../../../bench/quality/next-item/sequences.ts';

function file(text: string): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-quality-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const found = path.join(directory, 'data.txt');
  writeFileSync(found, text);
  return found;
}

describe('clicks', () => {
  const read = (...lines: string[]) => readClicks(file(['SessionId\tItemId\tTime', ...lines, ''].join('\n')));

  it('are sessions by their first click, each oldest first', () => {
    expect(read('7\ta\t30', '8\tx\t5', '7\tb\t10')).toEqual([['x'], ['b', 'a']]);
  });

  it('are refused with their line', () => {
    expect(() => read('7\ta\t30', '7\ta\tnoon')).toThrow(/INPUT_INVALID.*line 3/);
  });

  it('become moments from the second on, an unknown item a miss that no history has', () => {
    const numbers = numberItems([['a', 'b'], ['c']]);
    expect(inNumbers([['b', 'z', 'c']], numbers)).toEqual([Int32Array.of(1, 2)]);
    expect(everyPosition([['a'], ['a', 'z', 'c']], numbers)).toEqual({
      histories: [Int32Array.of(0), Int32Array.of(0)],
      targets: Int32Array.of(-1, 2),
    });
  });
});

describe('sequences', () => {
  it('leave out the last two events, of users who have three', () => {
    const { names, training, validation, test } = readLeftOut(file('u 10 11 12 13\nv 11 10\n'));
    expect(names).toEqual(['10', '11', '12', '13']);
    expect(training).toEqual([Int32Array.of(0, 1), Int32Array.of(1, 0)]);
    expect(validation).toEqual({ histories: [Int32Array.of(0, 1)], targets: Int32Array.of(2) });
    expect(test).toEqual({ histories: [Int32Array.of(0, 1, 2)], targets: Int32Array.of(3) });
  });

  it('are refused where a user has no item', () => {
    expect(() => readLeftOut(file('u 10\nv\n'))).toThrow(/INPUT_INVALID.*line 2/);
  });

  it('are refused where there is no file, or nobody with three events', () => {
    expect(() => readLeftOut('/no/such/sequences.txt')).toThrow(/INPUT_INVALID.*\/no\/such\/sequences.txt.*ENOENT/);
    expect(() => readLeftOut(file('u 10 11\n'))).toThrow('DATA_INSUFFICIENT');
  });
});

describe('descriptions', () => {
  const directory = (files: Record<string, string>) => {
    const found = mkdtempSync(path.join(os.tmpdir(), 'temper-quality-'));
    onTestFinished(() => rmSync(found, { recursive: true }));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(found, name), text);
    return found;
  };

  it('are attributes, then words, of the items that are asked for', () => {
    const found = directory({
      'item_attributes.json': '{"7": [3, 1], "9": [2]}',
      'item_text.tsv': 'item_id\tasin\ttext_id\n8\tB00\tRed Café-Crème\n7\tB01\t\n',
    });
    expect(readDescriptions(found, ['7', '8', '10'])).toEqual([
      ['attribute 3', 'attribute 1'],
      ['word red', 'word café', 'word crème'],
      [],
    ]);
  });

  it('are none where files are missing', () => {
    expect(readDescriptions(directory({}), ['7'])).toEqual([[]]);
  });

  it('are refused with their file and line', () => {
    expect(() => readDescriptions(directory({ 'item_attributes.json': '{"7": 3}' }), [])).toThrow(
      /INPUT_INVALID.*item_attributes.json/,
    );
    expect(() => readDescriptions(directory({ 'item_text.tsv': 'item\ttext\n7 red\n' }), [])).toThrow(
      /INPUT_INVALID.*item_text.tsv, line 2/,
    );
  });
});
