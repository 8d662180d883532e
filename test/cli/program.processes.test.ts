import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const TEMPER = path.resolve(import.meta.dirname, '../../cli/temper.mjs');
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-cli-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** The command as a user runs it, on an empty data directory and with no Temper running. */
async function temper(args: string[], variables: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH, HOME: directory, TEMPER_DATA: path.join(directory, 'data'), ...variables };
  const { exitCode, stdout, stderr } = await execa(process.execPath, [TEMPER, ...args], {
    env,
    extendEnv: false,
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

describe.concurrent('temper as a process', () => {
  it('tells all errors of a wrong configuration at once, with what came, and ends with 1', async () => {
    const { exitCode, stdout, stderr } = await temper(['status', '--json'], {
      TEMPER_KAFKA: 'broker',
      TEMPER_CLICKHOUSE: 'ftp://somewhere',
      TEMPER_CLICKHOUSE_DATABASE: 'My-Data',
      TEMPER_PARTITIONS: '0',
      TEMPER_EXPLORATION: 'much',
      TEMPER_CONTROL: '1.5',
      TEMPER_PROVIDERS: 'cpu,tpu',
      TEMPER_LOG: 'loud',
      TEMPER_PARTITION: '4',
    });
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^temper: CONFIG_INVALID/);
    for (const problem of [
      'TEMPER_KAFKA: expected host:port, got "broker"',
      'TEMPER_CLICKHOUSE: ',
      'TEMPER_CLICKHOUSE_DATABASE: expected lower-case letters, digits and _, got "My-Data"',
      'TEMPER_PARTITIONS: ',
      'TEMPER_EXPLORATION: ',
      'TEMPER_CONTROL: ',
      'TEMPER_PROVIDERS: ',
      'TEMPER_LOG: ',
      'TEMPER_PARTITION: there is no such variable',
    ]) {
      expect(stderr).toContain(`\n  ${problem}`);
    }
    expect(stderr).toContain('`temper doctor` lists all of them');
    expect(stderr, 'a sentence, not a stack').not.toMatch(/\n\s+at /);
  });

  it.each([['status'], ['rank --user u1'], ['dead-letters list'], ['run features'], ['retrain']])(
    '`%s` says so where no Temper runs, and what to do',
    async line => {
      const { exitCode, stderr } = await temper(line.split(' '));
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/temper: UNREACHABLE: .*expected a running Temper.*Start one with `temper up`/);
      expect(stderr).not.toMatch(/\n\s+at /);
    },
  );

  it.each(['up', 'start --no-shop'])('`%s` refuses a wrong policy before it starts anything', async line => {
    const { exitCode, stderr } = await temper(line.split(' '), { TEMPER_POLICY: path.join(directory, 'nowhere.json') });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^temper: CONFIG_INVALID: .*nowhere\.json.*TEMPER_POLICY/s);
  });

  it('`down` has nothing to do where nothing runs', async () => {
    const { exitCode, stdout } = await temper(['down', '--json']);
    expect({ exitCode, ...JSON.parse(stdout) }).toEqual({ exitCode: 0, stopped: false });
  });

  it('refuses a request that no scorer would answer, before it asks', async () => {
    const { exitCode, stderr } = await temper(['rank', '--user', 'u1', '--candidates', 'tea,,cup']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/temper: INPUT_INVALID: .*candidates 1: /);
  });

  it('a wrong call ends with 2', async () => {
    expect((await temper(['rnak'])).exitCode).toBe(2);
  });
});
