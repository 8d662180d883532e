import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TemperError } from '../../schemas/errors.ts';
import { makeDirectory } from '../directory.ts';
import { type Born, birthOf, runs } from './birth.ts';

const OneProcess = z.object({ pid: z.number().int().positive(), birth: z.string() });
const PidFile = OneProcess.extend({ children: z.array(OneProcess.extend({ name: z.string() })) });
type PidFile = z.infer<typeof PidFile>;

/** How long an orphan may take to write its data out before it is killed. */
const ORPHAN_GRACE_MS = 20_000;

export interface Lock {
  /** Notes a process that this Temper started; the next one stops it if this one is killed first. */
  record(name: string, pid: number): void;
  release(): void;
}

/**
 * Makes this process the only Temper on a data directory.
 *
 * A pid file whose process is gone is taken over, after the services that it names have been stopped:
 * they outlive a Temper that was killed. Two processes that find it at once cannot both win, because the
 * file appears by link(2), which fails if it is there, and goes by rename(2), after which its content is compared.
 */
export async function lockDirectory(dataDir: string, progress: (line: string) => void = () => {}): Promise<Lock> {
  makeDirectory(dataDir, 'TEMPER_DATA');
  const file = pidFileOf(dataDir);
  const mine: PidFile = { pid: process.pid, birth: birthOf(process.pid) ?? 'unknown', children: [] };
  while (!appear(file, mine)) {
    const text = read(file);
    if (text === undefined) continue;
    const other = parse(text);
    if (other && runs(other)) {
      throw new TemperError('DIRECTORY_IN_USE', {
        where: dataDir,
        got: `process ${other.pid}, which is running`,
        next: `Stop it (kill ${other.pid}), or set TEMPER_DATA to another directory`,
      });
    }
    await Promise.all((other?.children ?? []).map(orphan => stopOrphan(orphan, progress)));
    remove(file, text);
  }
  return {
    record(name, pid) {
      const birth = birthOf(pid);
      if (birth === undefined) return;
      mine.children = [...mine.children.filter(runs), { name, pid, birth }];
      replace(file, mine);
    },
    release: () => rmSync(file, { force: true }),
  };
}

/** The pid of the Temper that uses a data directory, if one does. */
export function holderOf(dataDir: string): number | undefined {
  const holder = parse(read(pidFileOf(dataDir)) ?? '');
  return holder && runs(holder) ? holder.pid : undefined;
}

export function pidFileOf(dataDir: string): string {
  return path.join(dataDir, 'temper.pid');
}

async function stopOrphan(orphan: Born & { name: string }, progress: (line: string) => void): Promise<void> {
  if (!runs(orphan)) return;
  progress(`${orphan.name}: stopping process ${orphan.pid}, which a killed Temper left behind`);
  signal(orphan.pid, 'SIGTERM');
  const killAt_ms = Date.now() + ORPHAN_GRACE_MS;
  while (runs(orphan)) {
    if (Date.now() > killAt_ms) signal(orphan.pid, 'SIGKILL');
    await sleep(50);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isCode(error, 'ESRCH')) throw error;
  }
}

/** The whole file appears at once or not at all. */
function appear(file: string, content: PidFile): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(content));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function replace(file: string, content: PidFile): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(content));
  renameSync(draft, file);
}

/** Removes the file if it still holds this text; one that a faster process has put there meanwhile goes back. */
function remove(file: string, text: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') !== text) linkSync(aside, file);
  rmSync(aside);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Undefined for what no Temper wrote, such as a file cut short by a full disk. */
function parse(text: string): PidFile | undefined {
  try {
    return PidFile.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
