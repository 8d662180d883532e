import { writeFileSync } from 'node:fs';
import os from 'node:os';

const LOWEST = 19;

/**
 * Leaves a process only what others do not use of the processors: whoever waits for a list comes first. Linux may divide
 * time among sessions before it looks at the nice values in each (autogroup), so the process should have one of its own.
 */
export function stepBack(pid: number): void {
  os.setPriority(pid, os.constants.priority.PRIORITY_LOW);
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(LOWEST));
  } catch {
    // Another system, or one that does not divide by sessions: there the nice value says it all.
  }
}
