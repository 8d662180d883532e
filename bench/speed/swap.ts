import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { runEvaluation, wholeNumber } from '../options.ts';
import { benchSwaps } from '../scorer/swaps.ts';

const HELP = `Usage: npm run --silent bench:swap -- [options]

Champions that are replaced while a scorer's process makes lists of 500 candidates at 80 % of what it answers: requests
that failed, waits during and between swaps, and what the process's memory grows by for each. Nothing else should run
meanwhile. Ends with 1 where a request failed or a swap did not come.

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
      ['SWAPS', 'FAILED', 'P99 BETWEEN', 'P99 DURING', 'MEMORY FOR EACH'],
      [
        `${figures.swaps}`,
        `${figures.failed} of ${figures.requests}`,
        `${figures.p99_between_ms} ms`,
        `${figures.p99_during_ms} ms`,
        `${figures.rss_slope_mb_per_swap} MB`,
      ],
    ]),
  );
  if (figures.failed > 0 || figures.swaps < swaps) process.exitCode = 1;
});
