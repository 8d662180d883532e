import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { type Embedded, withEmbedded } from '../embedded.ts';
import { runEvaluation, wholeNumber } from '../options.ts';
import { fillPartitions } from '../restore/fill.ts';
import type { Restored, Wanted } from '../restore/restored.process.ts';

const HELP = `Usage: npm run --silent bench:restore -- [options]

How long a process of the feature job that gets all partitions takes until it knows all users, from their snapshots and
from the log behind them as the job leaves it; and what users take in memory, packed and in use. It takes some minutes
for a million of them.

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
        ['restored', `${result.users} users in ${result.partitions} partitions`],
        ['in', `${result.seconds} s, ${result.cpu_seconds} s of CPU time`],
        ['from', `${result.snapshot_bytes_per_user} bytes of snapshots each`],
        ['and', `${result.log_events} events of a log, ${result.bytes_per_event} bytes each`],
        ['a packed user takes', said(result.bytes_per_packed_user)],
        ['one in use', said(result.bytes_per_live_user)],
        ['to unpack one takes', `${result.us_to_unpack} us of CPU time`],
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
  const told = await restoredBy({ brokers: config.kafka!, partitions, live: Math.ceil(LIMITS.live_keys / partitions) });
  if (told.users !== filled.users * partitions)
    throw new Error(`restored ${told.users} of ${filled.users * partitions}`);
  const perKey = ({ rss, heap, buffers }: Restored['packed'], keys: number) => {
    return { rss: Math.round(rss / keys), heap: Math.round(heap / keys), buffers: Math.round(buffers / keys) };
  };
  return {
    users: told.users,
    partitions,
    seconds: round(told.seconds),
    cpu_seconds: round(told.cpu_seconds),
    log_events: filled.log_events * partitions,
    bytes_per_event: round(filled.log_bytes / filled.log_events),
    snapshot_bytes_per_user: Math.round(filled.snapshot_bytes / filled.users),
    bytes_per_packed_user: perKey(told.packed, told.users),
    bytes_per_live_user: perKey(told.live, told.asked),
    us_to_unpack: round((told.asked_cpu_seconds / told.asked) * 1e6),
  };
}

async function restoredBy(wanted: Wanted): Promise<Restored> {
  const child = fork(new URL('../restore/restored.process.ts', import.meta.url), {
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

function said({ rss, heap, buffers }: { rss: number; heap: number; buffers: number }): string {
  return `${rss} bytes of the process, ${heap} of the heap, ${buffers} outside of it`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
