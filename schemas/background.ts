import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';

/** A tenth of the weight of what others wait for: little where that needs the processors, and yet never nothing. */
const NICE = os.constants.priority.PRIORITY_BELOW_NORMAL;

/**
 * Puts a process behind those for which somebody waits. Linux may divide the processors among sessions before it looks at
 * the nice values in each (autogroup), so the process should have a session of its own.
 */
export function stepBack(pid: number): void {
  try {
    if (os.getPriority(pid) < NICE) os.setPriority(pid, NICE); // not everybody may raise one that is lower already
    const ours = Number(/nice (-?\d+)/.exec(readFileSync('/proc/self/autogroup', 'utf8'))?.[1]);
    writeFileSync(`/proc/${pid}/autogroup`, String(Math.max(NICE, ours)));
  } catch {
    // It has ended already, or this system does not divide by sessions: there the nice value says it all.
  }
}
