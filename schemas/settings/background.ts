import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';

/** How far a process stands behind those for which somebody waits, as a nice value. */
export const BEHIND = {
  /** A third of their weight: it is to keep up with what comes. */
  keepsUp: 5,
  /** A tenth: it may take as long as it takes. */
  takesItsTime: 10,
};

/**
 * Puts a process behind those for which somebody waits. Linux may divide the processors among sessions before it looks at
 * the nice values in each (autogroup), so the process should have a session of its own.
 */
export function stepBack(pid: number, nice: number): void {
  try {
    if (os.getPriority(pid) < nice) os.setPriority(pid, nice); // not everybody may raise one that is lower already
    stepSessionBack(pid, nice);
  } catch {
    // It has ended already.
  }
}

/** Linux takes one such change each tenth of a second from all who are not root, and refuses the others with EAGAIN. */
const BETWEEN_CHANGES_MS = 110;
const MAX_CHANGES = 20;

function stepSessionBack(pid: number, nice: number, tries = MAX_CHANGES): void {
  try {
    const ours = Number(/nice (-?\d+)/.exec(readFileSync('/proc/self/autogroup', 'utf8'))?.[1]);
    writeFileSync(`/proc/${pid}/autogroup`, String(Math.max(nice, ours)));
  } catch (error) {
    // Where the system does not divide by sessions, or does not let us, the nice value has to say it all.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || tries <= 1) return;
    setTimeout(() => stepSessionBack(pid, nice, tries - 1), BETWEEN_CHANGES_MS).unref();
  }
}
