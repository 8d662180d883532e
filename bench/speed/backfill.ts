import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { measureBackfill } from '../backfill/measure.ts';
import { withEmbedded } from '../embedded.ts';
import { runEvaluation, wholeNumber } from '../options.ts';

const HELP = `Usage: npm run --silent bench:backfill -- [options]

How long lists take under a steady load, without a backfill and while one runs, step by step. Feature job, scorer, sinks and
worker are processes of their own; who asks is on the same machine. Nothing else should run meanwhile. Of each step it tells
by how much its p99 is above that of lists without a backfill, with 95 % confidence, and fails where that is surely so.

Options:
  --events N     archived before (default 500000)
  --lists N      asked for each second (default 20)
  --seconds N    of each stretch without a backfill (default 30)
  --backfills N  one after the other, with such a stretch before, between and behind (default 2)
  --json         one JSON object on standard output
  --help         this text

Example:
  npm run --silent bench:backfill -- --lists 50`;

const options = z.object({
  events: wholeNumber('events', 10_000).default(500_000),
  lists: wholeNumber('lists', 1).default(20),
  seconds: wholeNumber('seconds', 1).default(30),
  backfills: wholeNumber('backfills', 1).default(2),
  json: z.boolean().default(false),
});

await runEvaluation({ help: HELP, options }, async ({ json, ...load }) => {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stopping.abort());
  const { signal } = stopping;
  const rows = await withEmbedded(embedded => measureBackfill(embedded, load, signal), { signal });
  const stands_still = rows.every(({ moved_ms }) => !moved_ms || moved_ms.low <= 0);
  printResult({ ...load, stands_still, rows }, json, () =>
    table([
      ['WHILE', 'LISTS', 'P50 MS', 'P99 MS', 'WORST MS', 'P99 MOVED BY MS'],
      ...rows.map(({ moved_ms, ...row }) => [
        row.while,
        ...[row.lists, row.p50_ms, row.p99_ms, row.worst_ms].map(String),
        moved_ms ? `${moved_ms.value} (${moved_ms.low} to ${moved_ms.high})` : '',
      ]),
    ]),
  );
  if (!stands_still) process.exitCode = 1;
});
