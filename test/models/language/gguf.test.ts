import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGguf } from '../../../models/language/gguf.ts';
import { TINY, TOKENS, tinyGguf } from './tiny-gguf.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-gguf-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function written(bytes: Buffer): Promise<string> {
  const file = path.join(directory, 'model.gguf');
  await writeFile(file, bytes);
  return file;
}

describe('a GGUF file', () => {
  it('has facts and tensors by name', async () => {
    const gguf = await readGguf(await written(tinyGguf(1)));
    expect(gguf.number('llama.block_count')).toBe(TINY.layers);
    expect(gguf.number('llama.attention.layer_norm_rms_epsilon')).toBe(Math.fround(1e-5));
    expect(gguf.texts('tokenizer.ggml.tokens')).toEqual(TOKENS);
    const { data, shape } = gguf.tensor('blk.1.ffn_down.weight');
    expect(shape).toEqual([TINY.width, TINY.inner]);
    expect(data).toHaveLength(TINY.width * TINY.inner);
    expect(data.every(Number.isFinite)).toBe(true);
  });

  it('is refused where it is another, or a part of one, with the place', async () => {
    const whole = tinyGguf(1);
    await expect(readGguf(await written(Buffer.from('GGML and more')))).rejects.toThrow(
      /MODEL_REFUSED.*begins with GGUF/,
    );
    const old = Buffer.from(whole);
    old.writeUInt32LE(1, 4);
    await expect(readGguf(await written(old))).rejects.toThrow(/expected version 3; got 1/);
    await expect(readGguf(await written(whole.subarray(0, 300)))).rejects.toThrow(/the end of the file/);
    const short = await readGguf(await written(whole.subarray(0, whole.length - 64)));
    expect(() => short.tensor('blk.1.ffn_down.weight')).toThrow(/tensor blk\.1\.ffn_down\.weight.*the end of the file/);
    const many = Buffer.from(whole);
    many.writeBigUInt64LE(2n ** 40n, 16);
    await expect(readGguf(await written(many))).rejects.toThrow(/at most 1048576 facts/);
    expect(() => short.tensor('none')).toThrow(/expected a tensor none/);
    expect(() => short.number('none')).toThrow(/expected a number none/);
  });
});
