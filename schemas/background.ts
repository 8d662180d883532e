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
    const ours = Number(/nice (-?\d+)/.exec(readFileSync('/proc/self/autogroup', 'utf8'))?.[1]);
    writeFileSync(`/proc/${pid}/autogroup`, String(Math.max(nice, ours)));
  } catch {
    // It has ended already, or this system does not divide by sessions: there the nice value says it all.
  }
}
