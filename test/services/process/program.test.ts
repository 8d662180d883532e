import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BEHIND } from '../../../schemas/settings/background.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { birthOf } from '../../../services/process/birth.ts';
import { codeOf, type Program, startProgram } from '../../../services/process/program.ts';
import type { Context } from '../../../services/service.ts';

describe('a program', () => {
  let directory: string;
  let pids: number[];
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'temper-program-'));
    pids = [];
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const context = (signal = new AbortController().signal): Context => ({
    name: 'kafka',
    config: readConfig({}),
    directory,
    logFile: path.join(directory, 'logs', 'kafka.log'),
    progress: () => {},
    signal,
    record: pid => pids.push(pid),
  });
  const shell = (script: string, endsBy: Program['endsBy'] = 'SIGTERM'): Program => ({
    command: 'sh',
    args: ['-c', script],
    endsBy,
  });
  const yes = async () => true;
  const no = async () => false;

  it('that ends before it answers fails with the end of its log', async () => {
    const failed = startProgram(context(), shell('echo out of luck >&2; exit 3'), no);
    await expect(failed).rejects.toMatchObject({
      code: 'SERVICE_FAILED',
      message: expect.stringMatching(/exit code 3[\s\S]*out of luck/),
    });
  });

  it('that is not there fails', async () => {
    const failed = startProgram(context(), { command: '/no/such/program', args: [], endsBy: 'SIGTERM' }, no);
    await expect(failed).rejects.toMatchObject({ code: 'SERVICE_FAILED', message: expect.stringContaining('ENOENT') });
  });

  it('stands behind others where nobody waits for its answers', async () => {
    const running = await startProgram(context(), { ...shell('exec sleep 60'), background: true }, yes);
    expect(os.getPriority(pids[0])).toBeGreaterThanOrEqual(BEHIND.keepsUp);
    await running.stop();
  });

  it('is stopped by a signal, and has not died by itself then', async () => {
    const running = await startProgram(context(), shell('exec sleep 60'), yes);
    await running.stop();
    expect(pids.map(birthOf)).toEqual([undefined]);
    expect(await Promise.race([running.died, sleep(50, 'silent')])).toBe('silent');
  });

  it('is stopped by the end of its input', async () => {
    const running = await startProgram(context(), shell('cat; echo ended', 'end of input'), yes);
    await running.stop();
    expect(pids.map(birthOf)).toEqual([undefined]);
  });

  it('that dies later says so', async () => {
    const running = await startProgram(context(), shell('sleep 0.2; exit 7'), yes);
    expect((await running.died).message).toContain('exit code 7');
    await running.stop();
  });

  it('is stopped when the start is given up', async () => {
    const giveUp = new AbortController();
    const started = startProgram(context(giveUp.signal), shell('exec sleep 60'), no);
    setTimeout(() => giveUp.abort(), 100);
    await expect(started).rejects.toMatchObject({ name: 'AbortError' });
    expect(pids.map(birthOf)).toEqual([undefined]);
  });
});

describe('what a log ends with', () => {
  it.each([
    ['java.io.IOException: No space left on device', 'DISK_FULL'],
    ['npm error code ENOSPC', 'DISK_FULL'],
    ['Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)', 'DISK_FULL'],
    ['java.net.BindException: Address already in use', 'PORT_TAKEN'],
    ['listen tcp 127.0.0.1:7233: bind: address already in use', 'PORT_TAKEN'],
    ['Error: listen EADDRINUSE: address already in use :::80', 'PORT_TAKEN'],
    ['java.lang.OutOfMemoryError', 'SERVICE_FAILED'],
  ])('%s is %s', (line, code) => {
    expect(codeOf(line)).toBe(code);
  });
});
