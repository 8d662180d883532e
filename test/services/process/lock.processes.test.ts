import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { birthOf, runs } from '../../../services/process/birth.ts';
import { holderOf, lockDirectory, pidFileOf } from '../../../services/process/lock.ts';

describe('the lock on a data directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'temper-lock-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const leave = (content: object | string) =>
    writeFileSync(pidFileOf(directory), typeof content === 'string' ? content : JSON.stringify(content));

  it('is held until it is released', async () => {
    const lock = await lockDirectory(directory);
    expect(holderOf(directory)).toBe(process.pid);
    lock.release();
    expect(existsSync(pidFileOf(directory))).toBe(false);
  });

  it('refuses a second Temper and names the process of the first', async () => {
    await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toMatchObject({
      code: 'DIRECTORY_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  it('takes over from a process that is gone', async () => {
    const gone = execa('true');
    await gone;
    leave({ pid: gone.pid, birth: 'some boot/1', children: [] });
    await lockDirectory(directory);
    expect(holderOf(directory)).toBe(process.pid);
  });

  it('takes over where the pid belongs to another process now', async () => {
    leave({ pid: process.pid, birth: 'another birth', children: [] });
    expect(holderOf(directory)).toBeUndefined();
    await lockDirectory(directory);
    expect(holderOf(directory)).toBe(process.pid);
  });

  it('takes over a file that was cut short', async () => {
    leave('{"pid": 1');
    await lockDirectory(directory);
    expect(holderOf(directory)).toBe(process.pid);
  });

  it('stops what a killed Temper left behind, and nothing else', async () => {
    const orphan = execa('sleep', ['60'], { reject: false });
    const stranger = execa('sleep', ['60'], { reject: false });
    leave({
      pid: 2 ** 22 + 1, // above the largest pid
      birth: 'gone',
      children: [
        { name: 'kafka', pid: orphan.pid, birth: birthOf(orphan.pid!) },
        { name: 'temporal', pid: stranger.pid, birth: 'one that had this pid before' },
      ],
    });
    const lines: string[] = [];
    await lockDirectory(directory, line => lines.push(line));
    expect((await orphan).signal).toBe('SIGTERM');
    expect(birthOf(stranger.pid!)).toBeDefined();
    expect(lines).toEqual([expect.stringContaining(`kafka: stopping process ${orphan.pid}`)]);
    stranger.kill('SIGKILL');
    await stranger;
  });

  it('keeps the processes that were recorded', async () => {
    const lock = await lockDirectory(directory);
    lock.record('kafka', process.pid);
    const { children } = JSON.parse(readFileSync(pidFileOf(directory), 'utf8'));
    expect(children).toEqual([{ name: 'kafka', pid: process.pid, birth: birthOf(process.pid) }]);
  });

  it('lets one of several processes win that find a stale file at once', async () => {
    leave({ pid: 2 ** 22 + 1, birth: 'gone', children: [] });
    const startAt_ms = Date.now() + 3_000;
    const script = `
      import { lockDirectory } from './services/process/lock.ts';
      await new Promise(go => setTimeout(go, ${startAt_ms} - Date.now()));
      await lockDirectory(${JSON.stringify(directory)}).then(() => console.log('won'), error => console.log(error.code));
      await new Promise(end => setTimeout(end, 1000));`;
    const racers = await Promise.all(
      Array.from({ length: 4 }, () =>
        execa(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
          cwd: path.resolve(import.meta.dirname, '../../..'),
        }),
      ),
    );
    expect(racers.map(racer => racer.stdout).sort()).toEqual([...Array(3).fill('DIRECTORY_IN_USE'), 'won']);
  });
});

describe('the birth of a process', () => {
  it('is the same at every look, and gone with the process', async () => {
    const child = execa('sleep', ['60'], { reject: false });
    const born = { pid: child.pid!, birth: birthOf(child.pid!)! };
    expect(runs(born)).toBe(true);
    expect(runs({ ...born, birth: birthOf(process.pid)! })).toBe(false);
    child.kill('SIGKILL');
    await child;
    expect(runs(born)).toBe(false);
  });
});
