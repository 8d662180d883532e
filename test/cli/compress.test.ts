import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../cli/main.ts';
import { decode } from '../../models/graph/file/decode.ts';
import { encode } from '../../models/graph/file/encode.ts';
import { encoder, ranker } from '../models/compress/models.ts';

let directory: string;
let out = '';
let err = '';
const exitCode = process.exitCode;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-compress-'));
  await writeFile(path.join(directory, 'ranker.onnx'), encode(ranker()));
  await writeFile(path.join(directory, 'encoder.onnx'), encode(encoder()));
});
afterAll(() => rm(directory, { recursive: true }));
beforeEach(() => {
  [out, err, process.exitCode] = ['', '', undefined];
  vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    err += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = exitCode;
});

const compress = (model: string, ...options: string[]) =>
  main(['node', 'temper', 'compress', path.join(directory, model), ...options]);

describe('temper compress', () => {
  it.each([
    ['ranker.onnx', 'int8', 'score'],
    ['ranker.onnx', 'float16', 'score'],
    ['ranker.onnx', 'pruned', 'score'],
    ['encoder.onnx', 'int8', 'vector'],
    ['encoder.onnx', 'float16-compute', 'vector'],
  ])('writes %s as %s, with its ports, and reports in one object', async (model, to, output) => {
    await compress(model, '--to', to, '--rows', '8', '--share', '0.1', '--json');
    expect(process.exitCode ?? 0).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ to, out: path.join(directory, model.replace('.onnx', `.${to}.onnx`)) });
    const [before, after] = await Promise.all([path.join(directory, model), report.out].map(each => readFile(each)));
    expect(report.bytes).toEqual({ before: before!.length, after: after!.length });
    expect(report.parity[output].cosine).toBeGreaterThan(0.97);
    expect(report.latency.after_ms).toBeGreaterThan(0);
    const [was, is] = [decode(before!), decode(after!)];
    expect(Object.keys(is.outputs)).toEqual(Object.keys(was.outputs));
    expect(is.inputs).toEqual(was.inputs);
  });

  it('tells people the same in a table', async () => {
    await compress('ranker.onnx', '--to', 'int8', '--pattern', '^layer0', '--rows', '8');
    expect(out).toMatch(/ranker\.int8\.onnx\n.*BEFORE.*AFTER\nbytes +\d+ +\d+\n/);
    expect(out).toMatch(/1920 of \d+ weights in 1 tensors\nOUTPUT.*\nscore/);
  });

  it.each<[string, string[], RegExp]>([
    ['no file', ['--to', 'int8'], /INPUT_INVALID.*nothing\.onnx/],
    ['its own file', ['--to', 'int8', '--out', 'self'], /INPUT_INVALID.*another file/],
    ['a broken pattern', ['--to', 'int8', '--pattern', '('], /INPUT_INVALID.*regular expression/],
    [
      'a pattern of nothing',
      ['--to', 'int8', '--pattern', 'moon'],
      /INPUT_INVALID.*got moon. Names in the file: standard\.mean/,
    ],
    ['a directory to write', ['--to', 'int8', '--out', os.tmpdir()], /INPUT_INVALID.*place of a file.*a directory/],
    ['a device to write', ['--to', 'int8', '--out', '/dev/null'], /INPUT_INVALID.*something that is not a file/],
  ])('ends with 1 where it is given %s', async (name, options, message) => {
    const model = name === 'no file' ? 'nothing.onnx' : 'ranker.onnx';
    const given = options.map(each => (each === 'self' ? path.join(directory, model) : each));
    await compress(model, ...given);
    expect(process.exitCode).toBe(1);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });
});
