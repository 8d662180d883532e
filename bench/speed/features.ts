import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { benchFeatures } from '../features/job.ts';
import { benchWindows } from '../features/windows.ts';
import { runEvaluation, wholeNumber } from '../options.ts';

const HELP = `Usage: npm run --silent bench:features -- [options]

Events a CPU-second of the feature job: counts in windows beside Kafka Streams on the same broker and events, and the
default features beside kafkajs and JSON.parse alone. Nothing else should run meanwhile.

Options:
  --events N   of each of them; with fewer, much of it goes into compiling (default 3000000)
  --json       one JSON object on standard output
  --help       this text

Example:
  npm run --silent bench:features -- --events 1000000 --json`;

await runEvaluation(
  {
    help: HELP,
    options: z.object({ events: wholeNumber('events', 3_000).default(3_000_000), json: z.boolean().default(false) }),
  },
  async ({ events, json }) => {
    const rows = await withEmbedded(embedded => benchWindows(embedded, events), { partitions: 1 });
    progress('windows measured');
    const features = await withEmbedded(embedded => benchFeatures(embedded, events));
    const { over_consume_and_parse } = features;
    printResult({ rows, over_consume_and_parse, features }, json, () =>
      table([
        ['EVENTS A CPU-SECOND', 'HERE', 'BESIDE IT', 'RATIO'],
        ...rows.map(row => [row.query, String(row.ours), `Kafka Streams: ${row.kafka_streams}`, String(row.ratio)]),
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
