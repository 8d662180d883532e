import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { type Config, childEnvironment } from '../../../schemas/settings/config.ts';
import type { JobName } from '../../../streams/graph.ts';
import { type JobProcess, TEMPER } from '../../job-process.ts';
import { judge } from '../invariants.ts';
import { openLedger, readLedger } from '../ledger.ts';
import { inTime, only, underway } from '../moves.ts';
import { untilQuiet } from '../quiet.ts';
import { brokenIn, type Fault, type Room } from '../suite.ts';
import { type Topics, topicsOf } from '../topics.ts';
import { startTraffic, USUAL } from '../traffic.ts';
import { sendPoison } from './poison.ts';

const ENDS_MS = 240_000;

/** Waits for jobs to end by themselves: loudly, with 1 and the code of the error on standard error. */
async function loudEnds(
  jobs: readonly JobProcess[],
  code: string,
  signal: AbortSignal,
): Promise<{ broken: string[]; measured: Record<string, number> }> {
  const since_ms = Date.now();
  const broken: string[] = [];
  const measured: Record<string, number> = {};
  await Promise.all(
    jobs.map(async process => {
      const { job, ended, errors } = process;
      const exit = await inTime(ended, [process], ENDS_MS, signal);
      measured[`${job}_ended_ms`] = Date.now() - since_ms;
      if (exit !== 1)
        broken.push(
          `${job}: expected exit code 1, got ${exit === 'late' ? 'a process that lives' : exit}: ${errors().slice(-300)}`,
        );
      else if (!errors().includes(code)) broken.push(`${job} ended without saying ${code}: ${errors().slice(-300)}`);
    }),
  );
  return { broken, measured };
}

export const DEAD_LETTERS_GONE: Fault = {
  number: 13,
  name: 'dead-letter topic down',
  inject: 'the topic of the dead letters is deleted, then records come that have to go there',
  expect: 'the job stops loudly; the next start makes the topic, and the job goes on once its loss is accepted',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, traffic, signal } = room;
    await underway(room);
    await topicsOf(stack).remove('dead.letters');
    await sendPoison(stack.bus, traffic.prefix, 5);
    const stopped = await loudEnds([only(room, 'sinks')], 'TOPIC_MISSING', signal);
    const again = await loudEnds([await stack.run('sinks')], 'OFFSET_LOST', signal);
    const accepted = await acceptLoss(stack.config, 'sinks');
    await stack.run('sinks');
    await underway(room);
    return { measured: stopped.measured, broken: [...stopped.broken, ...again.broken, ...accepted.broken] };
  },
};

/** The jobs with what they read first. */
const READERS = [
  ['features', 'shop.events'],
  ['sinks', 'shop.events'],
  ['outcomes', 'shop.events'],
  ['scorer', 'rank.requests'],
] as const;

export const OFFSET_LOST: Fault = {
  number: 14,
  name: 'offset lost',
  inject:
    'topics are made anew under the running jobs (even seeds), or records expire before stopped jobs have read them (odd)',
  expect: 'OFFSET_LOST, stop; the same again at the next start; once the loss is accepted, all goes on',
  jobs: READERS.map(([job]) => job),
  // Outcomes commit what is older than the longest window.
  environment: { TEMPER_LABEL_WINDOW_MS: '1000', TEMPER_PURCHASE_WINDOW_MS: '2000' },
  async run(room) {
    const { stack, seed, signal } = room;
    await underway(room, room.brief ? 300 : 2_000);
    await room.settle(); // what is destroyed now can't be judged afterwards
    const topics = topicsOf(stack);
    const lose = seed % 2 === 0 ? remadeWhileRunning : expiredWhileStopped;
    const jobs = await lose(room, topics);
    const first = await loudEnds(jobs, 'OFFSET_LOST', signal);
    const again = await loudEnds(await restart(room), 'OFFSET_LOST', signal);
    const after = await goOn(room);
    const broken = [...first.broken, ...again.broken.map(line => `again: ${line}`), ...after];
    return { measured: first.measured, broken };
  },
};

async function remadeWhileRunning(room: Room, topics: Topics): Promise<JobProcess[]> {
  const jobs = READERS.map(([job]) => only(room, job));
  for (const topic of ['shop.events', 'rank.requests']) await topics.remake(topic);
  await publishMore(room, 4);
  return jobs;
}

async function expiredWhileStopped(room: Room, topics: Topics): Promise<JobProcess[]> {
  await Promise.all(READERS.map(([job]) => only(room, job).stop()));
  await publishMore(room, 40);
  for (const topic of ['shop.events', 'rank.requests']) await topics.expire(topic, 1);
  return restart(room);
}

/** Accepts what is lost, starts the jobs again, and judges what comes then. @returns what is wrong */
async function goOn(room: Room): Promise<string[]> {
  const { stack, seed, signal, progress } = room;
  const accepted = await Promise.all(READERS.map(([job]) => acceptLoss(stack.config, job)));
  for (const { job, losses } of accepted) progress(`${job}: the loss in ${losses} partitions is accepted`);
  const { lost } = await temperOffsets(stack.config, 'show');
  const left = lost === 0 ? [] : [`${lost} lost after all was accepted`];
  await restart(room);
  const directory = await mkdtemp(path.join(os.tmpdir(), 'temper-ledger-'));
  const ledger = openLedger(path.join(directory, 'ledger.jsonl'));
  const traffic = await startTraffic(stack.bus, ledger, { prefix: `on-${room.traffic.prefix}`, seed, options: USUAL });
  try {
    await underway({ traffic, signal }, 300);
    await traffic.stop();
    const behind = await untilQuiet(
      stack.bus,
      READERS.map(([job]) => job),
      { within_ms: ENDS_MS, signal },
    );
    const verdict = await judge(stack, readLedger(path.join(directory, 'ledger.jsonl')), traffic.prefix);
    return [...accepted.flatMap(each => each.broken), ...left, ...behind, ...brokenIn(verdict)].map(
      line => `afterwards: ${line}`,
    );
  } finally {
    await traffic.stop().catch(() => {});
    ledger.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** As an operator does: first to see, then to accept. */
async function acceptLoss(config: Config, job: JobName) {
  const seen = await temperOffsets(config, 'accept-loss', job);
  const done = await temperOffsets(config, 'accept-loss', job, '--yes', '--reason', 'it was injected');
  const fine = !seen.accepted && seen.losses.length > 0 && done.accepted;
  const broken = fine ? [] : [`${job}: before: ${JSON.stringify(seen)}, accepted: ${JSON.stringify(done)}`];
  return { job, losses: done.losses.length, broken };
}

async function temperOffsets(config: Config, ...args: string[]) {
  const { stdout } = await execa(process.execPath, [TEMPER, 'offsets', ...args, '--json'], {
    env: childEnvironment(config),
  });
  return JSON.parse(stdout) as { accepted: boolean; losses: unknown[]; lost: number };
}

const restart = ({ stack }: Room): Promise<JobProcess[]> =>
  Promise.all(READERS.map(([job]: readonly [JobName, string]) => stack.run(job)));

/** Records outside of the ledger: they are there to be lost. */
async function publishMore({ stack, traffic }: Room, users: number): Promise<void> {
  const outbox = await stack.bus.outbox();
  const at_ms = Date.now();
  const sends = Array.from({ length: users * 4 }, (_, n) => {
    const user = `lost-${traffic.prefix}-${n}`;
    const base = { v: 1, id: `${user}-0`, at_ms, user, session: 's' };
    return [
      outbox.publish('shop.events', { key: user, value: JSON.stringify({ ...base, type: 'click', item: 'i' }) }),
      outbox.publish('rank.requests', { key: user, value: JSON.stringify({ ...base, surface: 'home' }) }),
    ];
  });
  await Promise.all(sends.flat());
  await outbox.stop();
}
