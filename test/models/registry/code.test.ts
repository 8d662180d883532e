import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VERSION } from '../../../cli/version.ts';
import { codeOf, codeVersion } from '../../../models/registry/code.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-code-'));
});
afterAll(() => rm(directory, { recursive: true }));

const FILES: Record<string, string> = {
  'package.json': '{"version":"1.2.3","dependencies":{"onnxruntime-node":"1.0.0"},"scripts":{}}',
  'activities/a.ts': 'a',
  'models/b/b.ts': 'b',
  'schemas/c.json': 'c',
  'streams/d.ts': 'd',
  'workflows/e.ts': 'e',
  'test/f.ts': 'f',
};

/** The code of these files, in a directory of their own. */
async function codeThat(changes: Record<string, string>): Promise<string> {
  const root = await mkdtemp(path.join(directory, 'root-'));
  for (const [name, text] of Object.entries({ ...FILES, ...changes })) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
  return codeOf(root);
}

it('is the version and a hash of what trains and serves', () => {
  expect(codeVersion()).toMatch(new RegExp(`^${VERSION.replaceAll('.', '\\.')}\\+[0-9a-f]{16}$`));
  expect(codeVersion()).toBe(codeOf(path.resolve(import.meta.dirname, '../../..')));
});

it.each<[string, Record<string, string>]>([
  ['a source', { 'models/b/b.ts': 'B' }],
  ['a source of another room', { 'workflows/e.ts': 'E' }],
  ['data beside the sources', { 'schemas/c.json': 'C' }],
  ['a new source', { 'streams/g.ts': '' }],
  ['where one ends and the next begins', { 'activities/a.ts': 'ab', 'models/b/b.ts': '' }],
  ['a library', { 'package.json': '{"version":"1.2.3","dependencies":{"onnxruntime-node":"1.0.1"}}' }],
  ['the version', { 'package.json': '{"version":"1.2.4","dependencies":{"onnxruntime-node":"1.0.0"}}' }],
])('is another one with another one of %s', async (_, change) => {
  expect(await codeThat(change)).not.toBe(await codeThat({}));
});

it('is the same wherever it lies, whatever its tests and scripts are', async () => {
  const other = {
    'test/f.ts': 'F',
    'models/notes.md': 'x',
    'package.json': FILES['package.json']!.replace('{}', '{"x":"y"}'),
  };
  expect(await codeThat(other)).toBe(await codeThat({}));
});
