import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { everyPosition, inNumbers, numberItems, readClicks } from '../../../bench/quality/clicks.ts';
import { readLeftOut } from '../../../bench/quality/sequences.ts';

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
    const { items, training, validation, test } = readLeftOut(file('u 10 11 12 13\nv 11 10\n'));
    expect(items).toBe(4);
    expect(training).toEqual([Int32Array.of(0, 1), Int32Array.of(1, 0)]);
    expect(validation).toEqual({ histories: [Int32Array.of(0, 1)], targets: Int32Array.of(2) });
    expect(test).toEqual({ histories: [Int32Array.of(0, 1, 2)], targets: Int32Array.of(3) });
  });

  it('are refused where a user has no item', () => {
    expect(() => readLeftOut(file('u 10\nv\n'))).toThrow(/INPUT_INVALID.*line 2/);
  });
});
