import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { supervise } from '../../cli/stack/supervisor.ts';
import { BEHIND } from '../../schemas/settings/background.ts';
import { type Config, readConfig } from '../../schemas/settings/config.ts';

const RESTARTING = { most: 2, within_ms: 60_000, after_ms: 10 };

/** Stands in for `temper.mjs run JOB`: does what its data directory says for the job. */
const STAND_IN = `
import { appendFileSync, readFileSync } from 'node:fs';
const [, , , job] = process.argv;
const data = process.env.TEMPER_DATA;
appendFileSync(data + '/' + job + '.starts', process.pid + '\\n');
const starts = readFileSync(data + '/' + job + '.starts', 'utf8').trim().split('\\n').length;
const { ready, dies } = JSON.parse(readFileSync(data + '/' + job + '.json', 'utf8'));
if (ready) process.send('ready');
if (starts <= dies) {
  console.error('first line\\n' + job + ': the reason ' + starts);
  process.exitCode = 1;
  process.disconnect();
} else {
  process.on('SIGTERM', () => process.exit(0));
  setInterval(() => {}, 1_000);
}
`;

let directory: string;
let program: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-supervisor-'));
  program = path.join(directory, 'stand-in.mjs');
  await writeFile(program, STAND_IN);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A data directory for jobs that die so many times. */
async function dataFor(jobs: Record<string, { ready: boolean; dies: number }>): Promise<Config> {
  const dataDir = await mkdtemp(path.join(directory, 'data-'));
  for (const [job, does] of Object.entries(jobs)) {
    await writeFile(path.join(dataDir, `${job}.json`), JSON.stringify(does));
  }
  return { ...readConfig({}), dataDir };
}

const pids = async ({ dataDir }: Config, job: string) =>
  (await readFile(path.join(dataDir, `${job}.starts`), 'utf8')).trim().split('\n').map(Number);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the supervisor', () => {
  it('stops what it has started when somebody asks to stop before all are ready', async () => {
    const config = await dataFor({ features: { ready: true, dies: 0 }, scorer: { ready: false, dies: 0 } });
    const stopping = new AbortController();
    const jobs = supervise(['features', 'scorer'], config, { program, signal: stopping.signal });
    const ended = expect(jobs).rejects.toThrow(/abort/i);
    const started = async () => (await pids(config, 'scorer').catch(() => [])).length;
    await expect.poll(started, { timeout: 20_000 }).toBe(1);
    stopping.abort();
    await ended;
    const all = [...(await pids(config, 'scorer')), ...(await pids(config, 'features').catch(() => []))];
    expect(all.filter(isAlive)).toEqual([]);
  });

  it('starts again what dies, leaves the others alone, and stops all', async () => {
    const config = await dataFor({ features: { ready: true, dies: 2 }, scorer: { ready: true, dies: 0 } });
    const jobs = await supervise(['features', 'scorer'], config, { program, restarting: RESTARTING });
    await expect.poll(() => pids(config, 'features')).toHaveLength(3);
    expect(jobs.restarts()).toBe(2);
    const [only, ...more] = await pids(config, 'scorer');
    expect(more).toEqual([]);
    const last = (await pids(config, 'features')).at(-1)!;
    await expect.poll(() => isAlive(last) && isAlive(only!)).toBe(true);
    await jobs.stop();
    expect([isAlive(last), isAlive(only!)]).toEqual([false, false]);
    expect(await pids(config, 'features')).toHaveLength(3);
  });

  it('puts a job behind the others once it is ready, if nobody waits for what it does', async () => {
    const config = await dataFor({ scorer: { ready: true, dies: 0 }, sinks: { ready: true, dies: 0 } });
    const jobs = await supervise(['scorer', 'sinks'], config, { program, restarting: RESTARTING });
    const [scorer, sinks] = [(await pids(config, 'scorer'))[0]!, (await pids(config, 'sinks'))[0]!];
    expect(os.getPriority(scorer)).toBe(os.getPriority());
    expect(os.getPriority(sinks)).toBeGreaterThanOrEqual(BEHIND.keepsUp);
    await jobs.stop();
  });

  it('gives up on a job that dies too often, and says which, with its last words and its log', async () => {
    const config = await dataFor({ features: { ready: true, dies: 99 } });
    const jobs = await supervise(['features'], config, { program, restarting: RESTARTING });
    const reason = await jobs.failed;
    const log = path.join(config.dataDir, 'logs', 'features.log');
    expect(reason).toMatchObject({ code: 'JOB_CRASHED' });
    expect(reason.message).toContain(`at features; got features: the reason 3. Read ${log}`);
    await jobs.stop();
    expect(await pids(config, 'features')).toHaveLength(RESTARTING.most + 1);
    await expect.poll(() => readFile(log, 'utf8')).toMatch(/the reason 1\n.*\n.*the reason 2\n.*\n.*the reason 3/);
  });

  it('rejects when a job never becomes ready, and leaves nothing running', async () => {
    const config = await dataFor({ features: { ready: false, dies: 99 }, scorer: { ready: true, dies: 0 } });
    const starting = supervise(['features', 'scorer'], config, { program, restarting: RESTARTING });
    await expect(starting).rejects.toMatchObject({ code: 'JOB_CRASHED' });
    expect((await pids(config, 'scorer')).filter(isAlive)).toEqual([]);
  });
});
