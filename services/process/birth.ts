import { readFileSync } from 'node:fs';
import { execaSync } from 'execa';

/** A process as the pid file knows it. A pid alone is not enough: the system gives it to another process later. */
export interface Born {
  pid: number;
  birth: string;
}

/** When a process began, in a form that no other process shares with the same pid; undefined if it does not run. */
export function birthOf(pid: number): string | undefined {
  return process.platform === 'linux' ? birthOnLinux(pid) : birthByPs(pid);
}

/** Whether this very process still runs, and not another that got its pid. */
export function runs({ pid, birth }: Born): boolean {
  return birthOf(pid) === birth;
}

/** The kernel's boot and the clock ticks from it to the start of the process: proc(5), /proc/pid/stat, field 22. */
function birthOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, field 2, may hold spaces and parentheses: count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return state === 'Z' || state === 'X' ? undefined : `${boot}/${startTicks}`;
  } catch {
    return undefined;
  }
}

function birthByPs(pid: number): string | undefined {
  const { stdout, failed } = execaSync('ps', ['-o', 'lstart=', '-p', String(pid)], { reject: false });
  return failed || stdout.trim() === '' ? undefined : stdout.trim();
}
