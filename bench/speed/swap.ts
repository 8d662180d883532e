import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { runEvaluation, wholeNumber } from '../options.ts';
import { benchSwaps, brokenIn } from '../scorer/swaps.ts';

const HELP = `Usage: npm run --silent bench:swap -- [options]

Champions that are replaced while a scorer's process makes lists of 500 candidates at 80 % of what it answers: requests
that failed, waits during and between swaps, and what the process's memory grows by for each. Nothing else should run
meanwhile. Ends with 1 where a request failed, a swap did not come, p99 during swaps is more than 1.2 times that between
them, requests waited longer than half the time between swaps, or memory grew by more than 0.1 MB for each swap.

Options:
  --swaps N   how many (default 200)
  --every N   milliseconds from one to the next: more than twice what requests wait (default 1000)
  --load N    per cent of what the scorer answers (default 80)
  --json      one JSON object on standard output
  --help      this text

Examples:
  npm run --silent bench:swap -- --json
  npm run --silent bench:swap -- --swaps 20 --load 50`;

const options = z.object({
  swaps: wholeNumber('swaps', 1).default(200),
  every: wholeNumber('every', 1).default(1_000),
  load: wholeNumber('load', 1).default(80),
  json: z.boolean().default(false),
});

await runEvaluation({ help: HELP, options }, async ({ swaps, every, load, json }) => {
  const figures = await withEmbedded(embedded => benchSwaps(embedded, { swaps, every_ms: every, load: load / 100 }));
  printResult(figures, json, () =>
    table([
      ['SWAPS', 'FAILED', 'P99 BETWEEN', 'P99 DURING', 'RATIO', 'MEMORY FOR EACH'],
      [
        `${figures.swaps}`,
        `${figures.failed} of ${figures.requests}`,
        `${figures.p99_between_ms} ms`,
        `${figures.p99_during_ms} ms`,
        `${figures.p99_ratio}`,
        `${figures.rss_slope_mb_per_swap} MB`,
      ],
    ]),
  );
  const broken = brokenIn(figures, { swaps, every_ms: every });
  for (const line of broken) progress(line);
  if (broken.length > 0) process.exitCode = 1;
});
