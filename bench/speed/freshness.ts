import { loadavg } from 'node:os';
import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { benchFreshness } from '../freshness/measure.ts';
import { runEvaluation, wholeNumber } from '../options.ts';
import { rounded } from '../scorer/figures.ts';

const HELP = `Usage: npm run --silent bench:freshness -- [options]

From an event on its topic until the scorer holds the features that contain it, at half of the events a second that feature
job and scorer keep up with on this machine, one of ten of them a click. Feature job and scorer are processes of their own;
the events are made on the same machine. What they keep up with is the less of two rates of the scorer: that at which both
work off a backlog that lies ready, behind its first quarter, and that at which it takes events that are made beside them, as
many as can be. It fails where the scorer falls behind at half of it. Nothing else should run meanwhile.

Options:
  --rate N     events a second, in place of half the load
  --seconds N  for how long (default 20)
  --backlog N  events that lie ready (default 1000000)
  --json       one JSON object on standard output
  --help       this text

Examples:
  npm run --silent bench:freshness -- --json
  npm run --silent bench:freshness -- --rate 500`;

const options = z.object({
  rate: wholeNumber('rate', 1).optional(),
  seconds: wholeNumber('seconds', 1).default(20),
  backlog: wholeNumber('backlog', 1).default(1_000_000),
  json: z.boolean().default(false),
});

await runEvaluation({ help: HELP, options }, async ({ rate, seconds, backlog, json }) => {
  const load_average = () => rounded(loadavg()[0]!, 1);
  const before = load_average();
  const figures = await withEmbedded(embedded => benchFreshness(embedded, { rate, seconds, backlog }));
  const result = { ...figures, load_average: { before, after: load_average() } };
  printResult(result, json, () =>
    table([
      ['EVENTS/S', 'BEHIND AT FIRST', 'AT LAST', 'CLICK TO FEATURE P50', 'P99'],
      [
        ...[result.events_per_second, result.lag_events.before, result.lag_events.after],
        ...[`${result.click_to_feature_ms.p50} ms`, `${result.click_to_feature_ms.p99} ms`],
      ].map(String),
    ]),
  );
});
