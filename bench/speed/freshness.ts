import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { benchFreshness, capacity } from '../freshness/measure.ts';
import { runEvaluation, wholeNumber } from '../options.ts';

const HELP = `Usage: npm run --silent bench:freshness -- [options]

From an event on its topic until the scorer holds the features that contain it, at half of the events a second that the
feature job works off on this machine, one of ten of them a click. Feature job and scorer are processes of their own; the
events are made on the same machine. The feature job has worked for ten seconds and the scorer has read all of that when it
begins. Nothing else should run meanwhile.

Options:
  --rate N     events a second, in place of half the load
  --seconds N  for how long (default 20)
  --json       one JSON object on standard output
  --help       this text

Examples:
  npm run --silent bench:freshness -- --json
  npm run --silent bench:freshness -- --rate 500`;

const options = z.object({
  rate: wholeNumber('rate', 1).optional(),
  seconds: wholeNumber('seconds', 1).default(20),
  json: z.boolean().default(false),
});

await runEvaluation({ help: HELP, options }, async ({ rate, seconds, json }) => {
  const result = await withEmbedded(async embedded => {
    const most = rate === undefined ? await capacity(embedded) : undefined;
    if (most !== undefined) progress(`${Math.round(most)} events a second are worked off`);
    const figures = await benchFreshness(embedded, { rate: rate ?? Math.round(most! / 2), seconds });
    return { ...figures, ...(most !== undefined && { capacity_per_second: Math.round(most) }) };
  });
  printResult(result, json, () =>
    table([
      ['EVENTS/S', 'CLICK TO FEATURE P50', 'P99'],
      [result.events_per_second, `${result.click_to_feature_ms.p50} ms`, `${result.click_to_feature_ms.p99} ms`].map(
        String,
      ),
    ]),
  );
});
