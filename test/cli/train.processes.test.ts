import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../models/graph/file/decode.ts';

const CLI = path.resolve(import.meta.dirname, '../../cli/temper.mjs');
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-train-cli-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('temper train --example', { timeout: 240_000 }, () => {
  it('prints one object, tells each epoch on standard error, and writes the file', async () => {
    const out = path.join(directory, 'example.onnx');
    const { stdout, stderr } = await execa('node', [CLI, 'train', '--example', '--json', '--out', out]);
    const result = JSON.parse(stdout) as { losses: number[] };
    expect(result).toMatchObject({ steps: 200, provider: 'cpu', model: out, accuracy: expect.closeTo(0.93, 1) });
    expect(result.losses.length).toBe(200);
    expect(stderr.match(/^epoch \d+ of 10, step \d+ of 200: loss \d\.\d{4}$/gm)?.length).toBe(10);
    expect(Object.keys(decode(new Uint8Array(await readFile(out))).outputs)).toEqual(['logits', 'probabilities']);
  });

  // On a terminal the loss is redrawn by a library that listens to signals, too, and ends a process that no longer does.
  it.each<[string, NodeJS.ProcessEnv]>([
    ['', {}],
    [' on a terminal', { NODE_OPTIONS: '--import data:text/javascript,process.stderr.isTTY=true' }],
  ])('ends cleanly when it is interrupted%s, its child too', async (_, env) => {
    const child = execa('node', [CLI, 'train', '--example'], { reject: false, env });
    const training = await trainingOf(child.pid!);
    if (env.NODE_OPTIONS !== undefined) await once(child.stderr, 'data'); // it has been drawn
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await child;
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stripVTControlCharacters(stderr).trimEnd()).toMatch(/stopped after \d+ steps; nothing was written$/);
    expect(() => process.kill(training, 0)).toThrow(/ESRCH/);
  });

  it('says before it trains that a place cannot be written', async () => {
    const out = path.join(directory, 'example.onnx', 'below-a-file.onnx');
    await writeFile(path.dirname(out), '');
    const { exitCode, stderr } = await execa('node', [CLI, 'train', '--example', '--out', out], { reject: false });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^temper: INPUT_INVALID.*below-a-file\.onnx; expected a file that can be written/);
  });
});

/** The training process that a command has started, once it has. */
async function trainingOf(pid: number): Promise<number> {
  for (;;) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const child of children.split(' ').filter(Boolean)) {
      const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
      if (command.includes('models/example/process.ts')) return Number(child);
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
