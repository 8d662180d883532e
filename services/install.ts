import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { TemperError } from '../schemas/errors.ts';
import type { Config } from '../schemas/settings/config.ts';
import { makeDirectory } from './directory.ts';
import { codeOf } from './process/program.ts';

const STAMP = 'installed';

/** Something to install: `fill` gets an empty directory, and what it leaves there is the installation. */
export interface Package {
  /** Name and version; a new version is another directory. */
  id: string;
  what: string;
  fill(directory: string): Promise<void>;
}

/** What an install needs from its surroundings; the context of a service has it all. */
export interface Site {
  /** Who tells of the progress. */
  name: string;
  config: Pick<Config, 'cacheDir'>;
  progress(line: string): void;
  signal: AbortSignal;
}

/** The directory of a package in the cache, or undefined if it is not (or only partly) there. */
export function installed(cacheDir: string, id: string): string | undefined {
  const directory = path.join(cacheDir, id);
  const stamp = path.join(directory, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === id ? directory : undefined;
}

/**
 * Installs a package into the cache, once for every Temper of this user.
 *
 * It is filled beside its place and renamed into it, stamped: an install that was cut short is never used, and of
 * two processes that install at once, one gets its directory in and the other uses that one.
 */
export async function install(site: Site, { id, what, fill }: Package): Promise<string> {
  const cacheDir = site.config.cacheDir;
  const present = installed(cacheDir, id);
  if (present) return present;

  const place = path.join(cacheDir, id);
  const draft = `${place}.installing.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    makeDirectory(cacheDir, 'TEMPER_CACHE');
    await mkdir(draft);
    await removeAbandoned(cacheDir, id);
    site.progress(`${site.name}: installing ${what} into ${cacheDir}, once`);
    await fill(draft);
    await writeFile(path.join(draft, STAMP), id);
    await moveIn(draft, place, () => installed(cacheDir, id) !== undefined);
    site.progress(`${site.name}: installed`);
    return place;
  } catch (error) {
    if (error instanceof TemperError || site.signal.aborted) throw error;
    const full = codeOf(String(error)) === 'DISK_FULL';
    throw new TemperError(full ? 'DISK_FULL' : 'INSTALL_FAILED', {
      where: place,
      next: full
        ? 'Make room, or set TEMPER_CACHE to a directory on another disk'
        : 'Check the network, and that TEMPER_CACHE can be written, then try again',
      cause: error,
    });
  } finally {
    // What can't be removed is found by the next install; the error that came first is the one to tell.
    await rm(draft, { recursive: true, force: true }).catch(() => {});
  }
}

/** Runs one step of an install; the end of its output is part of the error if it fails. */
export async function runStep(
  { signal }: Pick<Site, 'signal'>,
  cwd: string,
  command: string,
  args: string[],
): Promise<void> {
  const result = await execa(command, args, {
    cwd,
    all: true,
    stdin: 'ignore',
    reject: false,
    cancelSignal: signal,
    maxBuffer: 1_000_000,
  });
  signal.throwIfAborted();
  if (result.failed) {
    const end = result.all.trim().split('\n').slice(-10).join('\n');
    throw new Error(`${command} ${args[0] ?? ''} failed: ${end === '' ? result.shortMessage : end}`);
  }
}

async function moveIn(draft: string, place: string, isThere: () => boolean): Promise<void> {
  for (;;) {
    try {
      await rename(draft, place);
      return;
    } catch (error) {
      if (isThere()) return;
      // A directory without its stamp is in the way: someone has removed a part of it.
      if (!existsSync(place)) throw error;
      await rm(place, { recursive: true, force: true });
    }
  }
}

/** Removes what installs left that were killed. */
async function removeAbandoned(cacheDir: string, id: string): Promise<void> {
  const prefix = `${id}.installing.`;
  for (const name of await readdir(cacheDir)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('.')[0]) : undefined;
    if (pid && !isAlive(pid)) await rm(path.join(cacheDir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
