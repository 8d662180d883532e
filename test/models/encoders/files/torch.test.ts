import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTorch } from '../../../../models/encoders/files/torch.ts';
import { dictionary, HEAD, p, pickle, storages, type TinyTensor, tensor, torchFile, tuple } from './tiny-pickle.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'temper-torch-'));
  file = path.join(directory, 'model.pth');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const read = (...parts: Uint8Array[]) => {
  writeFileSync(file, Buffer.concat(parts));
  return readTorch(file);
};

const ROW: TinyTensor = { storage: 'a', data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };

describe('a tensor of a PyTorch file', () => {
  it('of float32 and int64 is as it is', async () => {
    const weights = await read(torchFile({ w: ROW, steps: { storage: 'b', data: BigInt64Array.of(-7n), shape: [] } }));
    expect(weights).toEqual(
      new Map<string, unknown>([
        ['w', { dtype: 'float32', shape: [2, 3], data: ROW.data }],
        ['steps', { dtype: 'int64', shape: [], data: BigInt64Array.of(-7n) }],
      ]),
    );
  });

  it('that lies column by column, or behind others, comes row by row', async () => {
    const weights = await read(
      torchFile({
        columns: { ...ROW, strides: [1, 2] },
        part: { ...ROW, storage: 'b', offset: 2, shape: [2, 1], strides: [3, 1] },
      }),
    );
    expect([...weights.values()].map(({ data }) => [...data])).toEqual([
      [1, 3, 5, 2, 4, 6],
      [3, 6],
    ]);
  });

  it('may have been remembered in between, in a dictionary with attributes', async () => {
    const named = Buffer.concat([dictionary({ w: Buffer.concat([tensor(ROW), p.put(3)]) }), p.emptyDict, p.build]);
    expect((await read(HEAD, pickle(named), storages([ROW]))).get('w')?.shape).toEqual([2, 3]);
  });
});

describe('refused, with what was expected:', () => {
  const holding = (...value: Uint8Array[]) => [HEAD, pickle(dictionary({ w: Buffer.concat(value) })), storages([ROW])];
  const without = (value: Uint8Array) => [HEAD, pickle(dictionary({ w: value })), storages([])];
  const marker = () => path.join(directory, 'executed');

  it.each<[string, () => Uint8Array[], RegExp]>([
    [
      'a call of the system',
      () => holding(p.name('os', 'system'), tuple(p.text(`touch ${marker()}`)), p.call),
      /os system/,
    ],
    ['a call of what was built', () => holding(p.emptyDict, p.emptyTuple, p.call), /a name to call; got object/],
    ['a name as a tensor', () => without(p.name('os', 'system')), /a tensor; got something else/],
    ['a text as a tensor', () => without(p.text('w')), /a tensor; got something else/],
    [
      'an instruction that makes objects',
      () => holding(p.emptyTuple, Buffer.of(0x81)),
      /a known instruction; got 0x81/,
    ],
    ['an instruction named as a method', () => holding(Buffer.from('_')), /a known instruction; got 0x5f/],
    ['another storage', () => [torchFile({ w: { ...ROW, type: 'CharStorage' } })], /got torch CharStorage/],
    ['more numbers than the storage has', () => [torchFile({ w: { ...ROW, shape: [7] } })], /from 1 to 6 numbers/],
    ['numbers behind its end', () => [torchFile({ w: { ...ROW, offset: 1 } })], /from 1 to 6 numbers/],
    ['steps beyond its end', () => [torchFile({ w: { ...ROW, strides: [6, 1] } })], /from 1 to 6 numbers/],
    ['one number as many', () => [torchFile({ w: { ...ROW, shape: [2 ** 30], strides: [0] } })], /from 1 to 6 numbers/],
    ['a huge shape of nothing', () => [torchFile({ w: { ...ROW, shape: [2 ** 30, 0] } })], /from 1 to 6 numbers/],
    ['a shape below zero', () => [torchFile({ w: { ...ROW, shape: [-1] } })], /the parts of a tensor/],
    ['too few strides', () => [torchFile({ w: { ...ROW, strides: [1] } })], /a stride for each dimension/],
    [
      'a storage of two tensors, that would take memory twice',
      () => [HEAD, pickle(dictionary({ v: tensor(ROW), w: tensor(ROW) })), storages([ROW])],
      /a storage of its own/,
    ],
    ['a storage of two sizes', () => [torchFile({ v: ROW, w: { ...ROW, count: 5 } })], /one size; got two/],
    [
      'a storage that is not there',
      () => [HEAD, pickle(dictionary({ w: tensor(ROW) })), storages([])],
      /a storage of its own/,
    ],
    ['a storage twice', () => [HEAD, pickle(dictionary({ w: tensor(ROW) })), storages([ROW, ROW])], /once; got string/],
    ['bytes behind the last storage', () => [torchFile({ w: ROW }), Buffer.of(0)], /got 1 more bytes/],
    ['no dictionary', () => [HEAD, pickle(tensor(ROW)), storages([ROW])], /tensors by name/],
    ['numbers as names', () => [HEAD, pickle(p.emptyDict, p.mark, p.int(1), p.int(2), p.items)], /a text as key/],
    ['another file', () => [pickle(p.int(3)), pickle(p.int(1001))], /a file of torch.save/],
    ['a zip archive, as newer versions write', () => [Buffer.from('PK\x03\x04')], /a known instruction; got 0x50/],
    ['a big-endian machine', () => [HEAD.subarray(0, 23), pickle(p.emptyDict)], /little-endian/],
    ['a long name', () => holding(p.name('a'.repeat(5_000), 'b')), /a line of at most 4096 bytes/],
    ['a long text', () => holding(p.text('a'.repeat(5_000))), /a text of at most 4096 bytes/],
    ['an empty stack', () => [HEAD, pickle()], /something on the stack/],
    ['what was never remembered', () => holding(p.get(200)), /nothing at 200/],
    ['a million objects', () => [HEAD, Buffer.alloc(2 ** 20 + 1, ']')], /at most 1048576 instructions/],
    [
      'a list in a list in a list as a key, which would take years to print',
      () => {
        const twice = Array.from({ length: 60 }, () => [p.put(0), p.emptyList, p.mark, p.get(0), p.get(0), p.appends]);
        const nested = Buffer.concat([p.emptyList, ...twice.flat()]);
        const keys = pickle(p.emptyList, p.mark, nested, p.appends);
        return [HEAD, pickle(dictionary({ w: tensor(ROW) })), keys];
      },
      /the key of a storage, once; got object/,
    ],
  ])('%s', async (_what, parts, says) => {
    await expect(read(...parts())).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(says),
    });
    expect(existsSync(marker())).toBe(false);
  });

  it('a file that was cut short, wherever', async () => {
    const whole = torchFile({ w: ROW, v: { ...ROW, storage: 'b' } });
    for (let length = 0; length < whole.length; length += 7) {
      await expect(read(whole.subarray(0, length)), `at ${length}`).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    }
  });
});
