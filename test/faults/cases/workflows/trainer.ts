import { readdirSync, readFileSync } from 'node:fs';
import { until } from '../../moves.ts';
import type { Room } from '../../suite.ts';

/** The process that trains for a worker. */
export async function trainingOf(worker: number, { signal }: Pick<Room, 'signal'>): Promise<number | undefined> {
  let found: number | undefined;
  const seen = () => {
    found = childrenOf(worker).find(pid => commandOf(pid).includes('train-process'));
    return found !== undefined;
  };
  await until(seen, { within_ms: 20_000, signal });
  return found;
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => fieldsOf(pid)[1] === String(parent));
}

export function isAlive(pid: number): boolean {
  const [state] = fieldsOf(pid);
  return state !== undefined && state !== 'Z';
}

/** State, parent and so on; none of a process that is gone. */
function fieldsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  } catch {
    return [];
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
