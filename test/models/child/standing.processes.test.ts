import { readFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChildProgram } from '../../../models/child/parent.ts';
import { type StandingChild, startChild } from '../../../models/child/standing.ts';
import { BEHIND } from '../../../schemas/settings/background.ts';

const CHILD = { entry: fileURLToPath(new URL('./standing-child.ts', import.meta.url)), what: 'the adder' };
type Adder = StandingChild<{ pid: number }, Float32Array, Float32Array>;

const started: Adder[] = [];
afterEach(() => Promise.all(started.splice(0).map(child => child.stop())));

async function adder(add: number, program: ChildProgram = CHILD): Promise<Adder> {
  const child: Adder = await startChild(program, { add });
  started.push(child);
  return child;
}

const runs = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a child that stays', () => {
  it('answers each question as it was asked, and an error does not end it', async () => {
    const child = await adder(1);
    const asked = [2, 3, -1, 5].map(number => child.ask(Float32Array.of(number)));
    const answers = await Promise.allSettled(asked);
    expect(answers.map(each => (each.status === 'fulfilled' ? each.value : each.reason.code))).toEqual([
      Float32Array.of(3),
      Float32Array.of(4),
      'INPUT_INVALID',
      Float32Array.of(6),
    ]);
  });

  it('that dies tells everyone who waits, and who asks later', async () => {
    const child = await adder(1);
    const lost = [child.ask(Float32Array.of(0)), child.ask(Float32Array.of(1))];
    for (const each of lost) await expect(each).rejects.toMatchObject({ code: 'JOB_CRASHED' });
    await expect(child.ask(Float32Array.of(1))).rejects.toThrow(/the adder.*SIGKILL/);
    await child.stop();
  });

  it('ends when it is stopped, and says why where it can not open', async () => {
    const child = await adder(1);
    await child.stop();
    expect(runs(child.opened.pid)).toBe(false);
    await expect(startChild(CHILD, { add: Number.NaN })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('in the background stands behind others', async () => {
    const behind = (await adder(1, { ...CHILD, background: true })).opened.pid;
    expect(os.getPriority(behind)).toBeGreaterThanOrEqual(BEHIND.takesItsTime);
    const ahead = (await adder(1)).opened.pid;
    expect(os.getPriority(ahead)).toBe(os.getPriority());
  });

  /** Whether the system then lets us place the session differs by kernel, container and user: it is not asked here. */
  it.runIf(process.platform === 'linux')('has a session of its own, which Linux may place behind others', async () => {
    const behind = (await adder(1, { ...CHILD, background: true })).opened.pid;
    const session = (of: number) => Number(readFileSync(`/proc/${of}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[3]);
    expect(session(behind)).toBe(behind);
    expect(session(behind)).not.toBe(session(process.pid));
  });

  it('does not outlive its parent', async () => {
    const parent = `import { startChild } from ${JSON.stringify(new URL('../../../models/child/standing.ts', import.meta.url).href)};
      const child = await startChild(${JSON.stringify(CHILD)}, { add: 1 });
      process.stdout.write(String(child.opened.pid), () => process.kill(process.pid, 'SIGKILL'));`;
    const { stdout } = await execa('node', ['--import', 'tsx', '--input-type=module', '-e', parent], { reject: false });
    expect(Number(stdout)).toBeGreaterThan(0);
    await expect.poll(() => runs(Number(stdout)), { timeout: 10_000 }).toBe(false);
  });
});
