import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../../../models/encoders/files/safetensors.ts';
import { LIMITS } from '../../../../schemas/limits.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'temper-safetensors-'));
  file = path.join(directory, 'model.safetensors');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(header: string | object, data: ArrayBufferView | number): void {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.from(BigUint64Array.of(BigInt(text.length)).buffer);
  const bytes =
    typeof data === 'number' ? Buffer.alloc(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  writeFileSync(file, Buffer.concat([length, text, bytes]));
}

const tensor = (dtype: string, shape: number[], ...data_offsets: number[]) => ({ dtype, shape, data_offsets });

describe('a tensor of a safetensors file', () => {
  it('of F32 is as it is', async () => {
    write(
      { __metadata__: { format: 'pt' }, w: tensor('F32', [2, 3], 0, 24) },
      Float32Array.of(1, -2, 3.5, 0, 1e-30, 7),
    );
    const expected = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 7) };
    expect(await readSafetensors(file)).toEqual(new Map([['w', expected]]));
  });

  it('of F16 is the same number as float32: largest, smallest, below normal, infinite', async () => {
    write({ w: tensor('F16', [6], 0, 12) }, Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0xfc00));
    const numbers = Float32Array.of(1, -2, 65_504, 2 ** -24, 2 ** -14, Number.NEGATIVE_INFINITY);
    expect((await readSafetensors(file)).get('w')?.data).toEqual(numbers);
  });

  it('of BF16 is the same number as float32', async () => {
    write({ w: tensor('BF16', [3], 0, 6) }, Uint16Array.of(0x3f80, 0xc049, 0x0080));
    expect((await readSafetensors(file)).get('w')?.data).toEqual(Float32Array.of(1, -3.140625, 2 ** -126));
  });

  it('of I64 is int64', async () => {
    write({ w: tensor('I64', [2], 0, 16) }, BigInt64Array.of(-1n, 2n ** 40n));
    const expected = { dtype: 'int64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 40n) };
    expect((await readSafetensors(file)).get('w')).toEqual(expected);
  });

  it('may begin at any byte, be empty, have no dimensions and any name', async () => {
    const header = {
      scalar: tensor('F32', [], 2, 6),
      half: tensor('F16', [1], 0, 2),
      empty: tensor('F32', [0, 4], 6, 6),
      constructor: tensor('F16', [1], 6, 8),
    };
    const data = Buffer.alloc(8);
    data.writeFloatLE(2.5, 2);
    write(`  ${JSON.stringify(header)} `, data);
    const read = await readSafetensors(file);
    expect([...read.keys()].sort()).toEqual(['constructor', 'empty', 'half', 'scalar']);
    expect(read.get('scalar')).toEqual({ dtype: 'float32', shape: [], data: Float32Array.of(2.5) });
    expect(read.get('empty')?.data.length).toBe(0);
  });
});

describe('refused, with what was expected:', () => {
  it.each<[string, string | object, number, RegExp]>([
    ['a header that is no JSON', '{"w": ', 0, /expected a header in JSON/],
    ['a header that is a list', '[1]', 0, /expected a header as of safetensors/],
    ['a type that is not known', { w: tensor('F8_E4M3', [4], 0, 4) }, 4, /at w\.dtype/],
    ['a type from nowhere', { w: tensor('toString', [4], 0, 4) }, 4, /at w\.dtype/],
    ['a shape below zero', { w: tensor('F32', [-1, -1], 0, 4) }, 4, /at w\.shape\[0\]/],
    [
      'a shape beyond all numbers',
      { w: tensor('F32', [2 ** 31, 2 ** 31, 4], 0, 4) },
      4,
      /tensor w; expected 73\d+ bytes/,
    ],
    ['a shape for other data', { w: tensor('F32', [2], 0, 4) }, 4, /expected 8 bytes for F32 \[2\]; got 4 bytes/],
    ['data beyond the end', { w: tensor('F32', [2], 0, 8) }, 4, /up to 4 at most; got data from 0 to 8/],
    ['data before the start', { w: tensor('F32', [1], -4, 0) }, 4, /at w\.data_offsets\[0\]/],
    ['data that ends before it begins', { w: tensor('F32', [1], 4, 0) }, 4, /got data from 4 to 0/],
    [
      'data of two',
      { a: tensor('F32', [1], 0, 4), b: tensor('F32', [1], 2, 6) },
      6,
      /tensor b; expected data from 4 on/,
    ],
    ['data of nobody between', { a: tensor('F32', [1], 0, 4), b: tensor('F32', [1], 8, 12) }, 12, /tensor b/],
    ['data of nobody at the end', { a: tensor('F32', [1], 0, 4) }, 8, /expected tensors up to the end at 8/],
    ['a third offset', { w: tensor('F32', [1], 0, 4, 4) }, 4, /at w\.data_offsets/],
  ])('%s', async (_what, header, data_bytes, says) => {
    write(header, data_bytes);
    await expect(readSafetensors(file)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(says),
    });
  });

  it.each([
    ['nothing', Buffer.alloc(0), /got 0 bytes/],
    ['seven bytes', Buffer.alloc(7), /got 7 bytes/],
    ['a header longer than the file', Buffer.alloc(16, 0xff), /a header of at most 8 bytes; got one of 1844/],
  ])('%s', async (_what, bytes, says) => {
    writeFileSync(file, bytes);
    await expect(readSafetensors(file)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(says),
    });
  });

  it('a file larger than a model may be, before it is read', async () => {
    writeFileSync(file, '');
    truncateSync(file, LIMITS.model_bytes + 1);
    await expect(readSafetensors(file)).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    await expect(readSafetensors('/dev/zero')).rejects.toThrow(/MODEL_REFUSED.*expected a file; got/);
  });

  it('a file that was cut short, wherever', async () => {
    write({ a: tensor('F32', [4], 0, 16), b: tensor('F16', [2], 16, 20) }, 20);
    const whole = readFileSync(file);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      await expect(readSafetensors(file), `at ${length}`).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    }
  });
});
