import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hits, nearest } from '../../../../bench/quality/images/find.ts';
import { openPictures } from '../../../../bench/quality/images/pictures.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'temper-pictures-'));
  mkdirSync(path.join(directory, 'img'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(labels: string, ...files: string[]): void {
  writeFileSync(path.join(directory, 'labels.csv'), labels);
  for (const file of files) writeFileSync(path.join(directory, 'img', file), file);
}

describe('labelled pictures', () => {
  it('are read part by part, their labels in the places of those of training', async () => {
    write(
      'file,split,label\na.jpg,train,shoe\nb.jpg,train,hat\nc.jpg,later,shoe\nd.jpg,later,sock\n',
      'c.jpg',
      'd.jpg',
    );
    const pictures = openPictures(directory, 'train', 'later');
    expect(pictures.names).toEqual(['hat', 'shoe']);
    const { files, labels } = await pictures.read('later');
    expect(files.map(String)).toEqual(['c.jpg', 'd.jpg']);
    expect([...labels]).toEqual([1, -1]);
    await expect(pictures.read('train')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringMatching(/[ab]\.jpg; expected a picture of labels\.csv/),
    });
  });

  it.each([
    ['file,split,label\na.jpg,train,hat\n', /pictures of the split test; got train/],
    ['file,split,label\n', /pictures of the split train; got no row/],
    ['file,part\na.jpg,train\n', /a CSV of file,split,label/],
  ])('are refused: %j', (labels, says) => {
    write(labels);
    expect(() => openPictures(directory, 'train', 'test')).toThrow(says);
  });

  it('are refused where there are none', () => {
    expect(() => openPictures(path.join(directory, 'none'), 'train', 'test')).toThrow(/labels\.csv.*ENOENT/);
  });
});

it('the nearest come first, and a hit is one among the first', () => {
  const among = { vectors: Float32Array.of(1, 0, 0, 1, 0.6, 0.8), width: 2 };
  const from = { vectors: Float32Array.of(0, 1, 1, 0), width: 2 };
  expect([...nearest(from, 0, among)]).toEqual([1, 2, 0]);
  const isLast = (_row: number, other: number) => other === 2;
  expect([...hits(from, among, 1, isLast)]).toEqual([0, 0]);
  expect([...hits(from, among, 2, isLast)]).toEqual([1, 1]);
});
