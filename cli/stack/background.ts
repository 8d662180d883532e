import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readGatePolicy } from '../../models/evaluate/verdict.ts';
import { TemperError } from '../../schemas/errors.ts';
import { readPolicies } from '../../schemas/policies/policies.ts';
import { type Config, childEnvironment } from '../../schemas/settings/config.ts';
import { makeDirectory } from '../../services/directory.ts';
import { runs } from '../../services/process/birth.ts';
import { progress } from '../output.ts';
import { readNote } from './endpoints.ts';
import { TEMPER } from './supervisor.ts';

const READY_MS = 15 * 60_000; // a first start installs three services
const STOP_MS = 60_000;
const POLL_MS = 200;

/** Starts the whole job graph without a shop as a process of its own, and returns when it is ready. */
export async function up(config: Config): Promise<{ pid: number; temporalUi: string | undefined; log: string }> {
  readPolicies(config.policy); // told here, not in a log
  readGatePolicy(config.gates);
  const log = path.join(config.dataDir, 'logs', 'temper.log');
  const running = await readNote(config);
  if (running) return { pid: running.pid, temporalUi: running.temporalUi, log };
  makeDirectory(path.dirname(log), 'TEMPER_DATA');
  const file = openSync(log, 'a');
  let told = fstatSync(file).size;
  const child = spawn(process.execPath, [TEMPER, 'start', '--no-shop'], {
    env: childEnvironment(config),
    detached: true,
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  progress('starting; a first start installs Kafka, Temporal and ClickHouse');
  for (let waited = 0; waited < READY_MS && !ended; waited += POLL_MS) {
    const note = await readNote(config);
    if (note) {
      child.unref();
      return { pid: note.pid, temporalUi: note.temporalUi, log };
    }
    told = tellNewLines(log, told);
    await sleep(POLL_MS);
  }
  child.kill('SIGTERM');
  throw new TemperError(ended ? 'SERVICE_FAILED' : 'TIMED_OUT', { where: 'temper up', next: `Read ${log}` });
}

/** Tells what a log says behind so many bytes, whole lines alone. @returns how many are told now */
function tellNewLines(log: string, told: number): number {
  const file = openSync(log, 'r');
  try {
    const bytes = Buffer.alloc(fstatSync(file).size - told);
    const text = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, told));
    const end = text.lastIndexOf('\n');
    if (end < 0) return told;
    for (const line of text.toString('utf8', 0, end).split('\n')) progress(line);
    return told + end + 1;
  } finally {
    closeSync(file);
  }
}

/** Asks the running Temper to stop, and returns when it has. */
export async function down(config: Config): Promise<boolean> {
  const note = await readNote(config);
  if (!note) return false;
  process.kill(note.pid, 'SIGTERM');
  for (let waited = 0; waited < STOP_MS; waited += POLL_MS) {
    if (!runs(note)) return true;
    await sleep(POLL_MS);
  }
  throw new TemperError('TIMED_OUT', {
    where: `pid ${note.pid}`,
    expected: `to stop within ${STOP_MS} ms`,
    next: 'Look at its logs; as a last resort, kill it',
  });
}
