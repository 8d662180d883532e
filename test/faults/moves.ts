/** What the cases are made of. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobProcess } from '../job-process.ts';
import type { Caught } from './network/proxy.ts';
import type { Room } from './suite.ts';

/** Waits until something holds. @returns whether it came to that in time */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { within_ms, signal }: { within_ms: number; signal: AbortSignal },
): Promise<boolean> {
  const deadline_ms = Date.now() + within_ms;
  while (!(await holds())) {
    if (Date.now() > deadline_ms) return false;
    await sleep(100, undefined, { signal });
  }
  return true;
}

const STANDSTILL_MS = 60_000;

/** The traffic gets on by so many acknowledged records: a fault has to come in mid-stream. However slowly, but it must. */
export async function underway({ traffic, signal }: Pick<Room, 'traffic' | 'signal'>, records = 200): Promise<void> {
  const wanted = traffic.acknowledged() + records;
  while (traffic.acknowledged() < wanted) {
    const now = traffic.acknowledged();
    const gotOn = await until(() => traffic.acknowledged() > now, { within_ms: STANDSTILL_MS, signal });
    if (!gotOn) throw new Error(`nothing was acknowledged for ${STANDSTILL_MS / 1_000} s`);
  }
}

/** The only process of a job. */
export function only(room: Room, job: JobProcess['job']): JobProcess {
  const [process, ...others] = room.stack.running(job);
  if (!process || others.length > 0) throw new Error(`expected one process of ${job}, got ${1 + others.length}`);
  return process;
}

const PATIENCE = { share: 1 / 12, longest_ms: 600_000, poll_ms: 250 };

/**
 * Resolves when a wait has been long enough: so long, and a twelfth of it on a processor for each of these processes,
 * since on a busy machine they may not have had their turn; ten minutes at most. What has ended is not waited for.
 */
async function patience(jobs: readonly JobProcess[], within_ms: number, signal: AbortSignal): Promise<void> {
  const began_ms = Date.now();
  const had = new Map(jobs.map(({ pid }) => [pid, cpu_ms(pid) ?? 0]));
  const isDone = () => {
    const waited_ms = Date.now() - began_ms;
    if (waited_ms > PATIENCE.longest_ms) return true;
    const due = [...had].filter(([pid, before]) => (cpu_ms(pid) ?? Infinity) - before < within_ms * PATIENCE.share);
    return waited_ms > within_ms && due.length === 0;
  };
  while (!isDone()) await sleep(PATIENCE.poll_ms, undefined, { signal });
}

/** What comes first: something, or the end of patience. */
export async function inTime<T>(
  what: Promise<T>,
  jobs: readonly JobProcess[],
  within_ms: number,
  signal: AbortSignal,
): Promise<T | 'late'> {
  const over = new AbortController();
  const late = patience(jobs, within_ms, AbortSignal.any([signal, over.signal])).then(() => 'late' as const);
  late.catch(() => {});
  try {
    return await Promise.race([what, late]);
  } finally {
    over.abort();
  }
}

const CAUGHT_MS = 60_000;

/** What a trap catches, or nothing in a minute of patience: then the case has not done what it says. */
export async function caughtIn(
  trap: Promise<Caught>,
  { stack, signal }: Pick<Room, 'stack' | 'signal'>,
): Promise<Caught | undefined> {
  const caught = await inTime(trap, stack.running(), CAUGHT_MS, signal);
  return caught === 'late' ? undefined : caught;
}

/** kill -9 of a job at the moment when the trap closes, before anything goes on. @returns what is wrong, if anything is */
export async function killAt(
  room: Room,
  job: JobProcess['job'],
  point: string,
  trap: Promise<Caught>,
): Promise<string[]> {
  const victim = only(room, job);
  const caught = await caughtIn(trap, room);
  await victim.kill();
  caught?.cut();
  room.progress(`${job} killed ${point}`);
  return caught ? [] : [`${job} never came to the point ${point}`];
}

export function memory_mb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}

/** What a process has had of a processor, undefined once it is gone. In hundredths of a second, as Linux counts. */
export function cpu_ms(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return undefined;
  }
}

export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export function round(value: number, digits = 0): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
