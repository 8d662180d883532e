import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { benchFeatures } from '../features/job.ts';
import { benchWindows } from '../features/windows.ts';
import { runEvaluation, wholeNumber } from '../options.ts';

const HELP = `Usage: npm run --silent bench:features -- [options]

Events a CPU-second of the feature job: counts in windows beside Kafka Streams on the same broker and events, and the
default features beside kafkajs and JSON.parse alone. Feature job and Kafka Streams work the events off in turns, in a new
process each time; ratios are those within a round. Nothing else should run meanwhile.

Options:
  --events N   of each of them; with fewer, much of it goes into compiling (default 3000000)
  --rounds N   in which both are measured once (default 3, and no fewer)
  --json       one JSON object on standard output
  --help       this text

Example:
  npm run --silent bench:features -- --events 1000000 --json`;

await runEvaluation(
  {
    help: HELP,
    options: z.object({
      events: wholeNumber('events', 3_000).default(3_000_000),
      rounds: wholeNumber('rounds', 3).default(3),
      json: z.boolean().default(false),
    }),
  },
  async ({ events, rounds, json }) => {
    const rows = await withEmbedded(embedded => benchWindows(embedded, events, rounds), { partitions: 1 });
    progress('windows measured');
    const features = await withEmbedded(embedded => benchFeatures(embedded, events));
    const { over_consume_and_parse } = features;
    printResult({ rows, over_consume_and_parse, features }, json, () =>
      table([
        ['EVENTS A CPU-SECOND', 'HERE', 'BESIDE IT', 'RATIO'],
        ...rows.map(({ query, ours, kafka_streams, ratio, ratio_low, ratio_high }) => [
          query,
          String(ours),
          `Kafka Streams: ${kafka_streams}`,
          `${ratio} (${ratio_low} to ${ratio_high})`,
        ]),
        [
          'default features',
          String(features.events_per_cpu_second),
          `consume and parse: ${features.consume_and_parse_per_cpu_second}`,
          String(over_consume_and_parse),
        ],
      ]),
    );
  },
);
