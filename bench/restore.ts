import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { printResult, progress, table } from '../cli/output.ts';
import { LIMITS } from '../schemas/limits.ts';
import { type Embedded, withEmbedded } from './embedded.ts';
import { runEvaluation, wholeNumber } from './options.ts';
import { fillPartitions } from './restore/fill.ts';
import type { Restored, Wanted } from './restore/restored.process.ts';

const HELP = `Usage: npm run --silent bench:restore -- [options]

How long a process of the feature job that gets all partitions takes until it knows all users, from their snapshots and
from the log behind them as the job leaves it, and what it takes in memory. Twice, each time in a new process: with as
many unpacked users as the job has, and with one in each partition. It takes some minutes for a million users.

Options:
  --users N               (default 1000000)
  --partitions N          (default 16)
  --events N              of each user, before what is measured (default 6)
  --events-per-record N   of the log behind the snapshots (default 1000)
  --json                  one JSON object on standard output
  --help                  this text

Example:
  npm run --silent bench:restore -- --users 100000 --json`;

await runEvaluation(
  {
    help: HELP,
    options: z.object({
      users: wholeNumber('users', 1_000).default(1_000_000),
      partitions: wholeNumber('partitions', 1).default(16),
      events: wholeNumber('events', 1).default(6),
      'events-per-record': wholeNumber('events-per-record', 1).default(1_000),
      json: z.boolean().default(false),
    }),
  },
  async ({ users, partitions, events, 'events-per-record': eventsPerRecord, json }) => {
    const result = await withEmbedded(stack => measure(stack, { users, each: events, eventsPerRecord }), {
      partitions,
    });
    printResult(result, json, () =>
      table([
        ['UNPACKED', 'USERS', 'SECONDS', 'CPU', 'MB', 'OF IT HEAP', 'AND BUFFERS'],
        ...result.restored.map(each => [
          `up to ${each.live}`,
          ...[each.users, each.seconds, each.cpu_seconds, each.rss_mb, each.heap_mb, each.buffer_mb].map(String),
        ]),
        [],
        ['a user', `${result.bytes_per_user} bytes of snapshot`],
        ['log', `${result.log_events} events of ${result.bytes_per_event} bytes`],
      ]),
    );
  },
);

async function measure(
  { bus, config }: Embedded,
  { users, each, eventsPerRecord }: { users: number; each: number; eventsPerRecord: number },
) {
  const { partitions } = config;
  const outbox = await bus.outbox({ linger_ms: 0 });
  const shape = { partitions, users: Math.ceil(users / partitions), each, eventsPerRecord };
  const filled = await fillPartitions(outbox, shape);
  await outbox.stop();
  progress('the topics are filled');
  const restored = [];
  for (const live of [Math.ceil(LIMITS.live_keys / partitions), 100]) {
    const told = await restoredBy({ brokers: config.kafka!, partitions, live });
    if (told.users !== filled.users * partitions)
      throw new Error(`restored ${told.users} of ${filled.users * partitions}`);
    progress(`restored with up to ${live * partitions} unpacked`);
    restored.push({
      live: live * partitions,
      users: told.users,
      seconds: round(told.seconds),
      cpu_seconds: round(told.cpu_seconds),
      rss_mb: round(told.rss_bytes / 2 ** 20),
      heap_mb: round(told.heap_bytes / 2 ** 20),
      buffer_mb: round(told.buffer_bytes / 2 ** 20),
    });
  }
  return {
    restored,
    bytes_per_user: Math.round(filled.snapshot_bytes / filled.users),
    log_events: filled.log_events * partitions,
    bytes_per_event: round(filled.log_bytes / filled.log_events),
  };
}

async function restoredBy(wanted: Wanted): Promise<Restored> {
  const child = fork(new URL('./restore/restored.process.ts', import.meta.url), {
    execArgv: ['--expose-gc', '--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(wanted);
  const told = once(child, 'message');
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the process that restores ended with ${code}`);
  });
  died.catch(() => {});
  const [restored] = (await Promise.race([told, died])) as [Restored];
  await once(child, 'exit').catch(() => {});
  return restored;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
