import { expect, it } from 'vitest';
import { RowReader, RowWriter } from '../../streams/row-binary.ts';

it('what is written is read again, also over the end of what it had room for', () => {
  const texts = ['', 'é€😀', 'x'.repeat(127), 'y'.repeat(128), 'z'.repeat(3 * 1024 * 1024)];
  const writer = new RowWriter();
  for (const text of texts) writer.text(text);
  for (const time of [0, 1, 1_795_546_471_000, 2 ** 53 - 1, -5]) writer.int64(time);
  writer.uint16(65_535);
  writer.floatOrNone(null);
  writer.floatOrNone(0.1);
  const reader = new RowReader(writer.take());
  expect(texts.map(() => reader.text())).toEqual(texts);
  expect([0, 1, 2, 3, 4].map(() => reader.int64())).toEqual([0, 1, 1_795_546_471_000, 2 ** 53 - 1, -5]);
  expect(reader.uint16()).toBe(65_535);
  expect(reader.orNone(() => reader.float64())).toBeUndefined();
  expect(reader.orNone(() => reader.float64())).toBe(0.1);
  expect(reader.ended).toBe(true);
  expect(writer.take().length).toBe(0);
});

it('is a body in small pieces of their own, as often as it is asked for, which hold nothing that was read', async () => {
  const writer = new RowWriter(16);
  const texts = Array.from({ length: 50 }, (_, n) => `${n}`.padEnd(10_000, 'é'));
  for (const text of texts) writer.utf8(text);
  for (let again = 0; again < 2; again++) {
    const pieces: Buffer[] = [];
    for await (const piece of writer.body()) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(10);
    for (const piece of pieces) expect(piece.buffer.byteLength).toBeLessThanOrEqual(64 * 1024);
    expect(Buffer.concat(pieces).toString('utf8')).toBe(texts.join(''));
  }
  for await (const piece of new RowWriter().body()) expect(piece).toBeUndefined(); // there is none
});
