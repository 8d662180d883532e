import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { BEHIND, stepBack } from '../../schemas/settings/background.ts';
import { type Config, childEnvironment } from '../../schemas/settings/config.ts';
import { TEMPER } from '../stack/supervisor.ts';

export interface Beside {
  /** Of the console, once it listens. */
  links: Record<string, string>;
  stop(): Promise<void>;
}

const STOP_MS = 5_000;
const TAIL_CHARS = 4_000;

/**
 * The console as a process of its own, behind all others: what goes on is not in its way, and does not wait for it. Where
 * it can't start, that is told once, and all else goes on.
 *
 * @param config with the address of every service filled in
 */
export function consoleBeside(config: Config, say: (line: string) => void): Beside {
  const links: Record<string, string> = {};
  if (config.console === 'none') return { links, stop: async () => {} };
  const child = execa(process.execPath, [TEMPER, 'console'], {
    env: childEnvironment(config),
    ipc: true,
    reject: false,
    detached: true, // the terminal's Ctrl-C is for the launcher alone
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    forceKillAfterDelay: STOP_MS,
  });
  if (child.pid) stepBack(child.pid, BEHIND.keepsUp);
  const log = path.join(config.dataDir, 'logs', 'console.log');
  let tail = '';
  void mkdir(path.dirname(log), { recursive: true }).then(() => {
    const file = createWriteStream(log, { flags: 'a' });
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    child.stderr.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-TAIL_CHARS);
    });
  });
  child.once('message', message => {
    const { address, link } = message as { address: string; link: string };
    links.console = link;
    // Others may read a log; nobody but its owner should have the token.
    say(process.stderr.isTTY ? `console: ${link}` : `console: ${address}, \`temper console --links\` prints its links`);
  });
  let isStopping = false;
  void child.then(({ exitCode }) => {
    if (isStopping) return;
    delete links.console;
    const why = /^temper: (.*)$/m.exec(tail)?.[1] ?? `it ended with ${exitCode ?? 'a signal'}`;
    say(`no console: ${why}. Everything else goes on. See ${log}`);
  });
  return {
    links,
    async stop() {
      isStopping = true;
      child.kill('SIGTERM');
      await child;
    },
  };
}
