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

const CAUGHT_MS = 60_000;

/** What a trap catches, or nothing in a minute: then the case has not done what it says. */
export async function caughtIn(trap: Promise<Caught>, signal: AbortSignal): Promise<Caught | undefined> {
  const giveUp = new AbortController();
  const late = sleep(CAUGHT_MS, undefined, { signal: AbortSignal.any([signal, giveUp.signal]) }).catch(() => undefined);
  const caught = await Promise.race([trap, late]);
  giveUp.abort();
  return caught ?? undefined;
}

/** kill -9 of a job at the moment when the trap closes, before anything goes on. @returns what is wrong, if anything is */
export async function killAt(
  room: Room,
  job: JobProcess['job'],
  point: string,
  trap: Promise<Caught>,
): Promise<string[]> {
  const victim = only(room, job);
  const caught = await caughtIn(trap, room.signal);
  await victim.kill();
  caught?.cut();
  room.progress(`${job} killed ${point}`);
  return caught ? [] : [`${job} never came to the point ${point}`];
}

export function memory_mb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}

export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Least squares: how much y grows for each x. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(point => point[0]), mean(point => point[1])];
  const variance = mean(point => (point[0] - x) ** 2);
  return variance === 0 ? 0 : mean(point => (point[0] - x) * (point[1] - y)) / variance;
}

export function round(value: number, digits = 0): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
