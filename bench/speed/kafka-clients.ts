import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { benchClients } from '../kafka-clients/measure.ts';
import { runEvaluation, wholeNumber } from '../options.ts';
import { spelled } from '../rounds.ts';

const HELP = `Usage: npm run --silent bench:kafka-clients -- [options]

Events a CPU-second that clients of Kafka read, with JSON.parse: kafkajs as it is published, with the parts that Temper
puts into it, and @platformatic/kafka, where a version of it is named. In turns, in a new process each time, from one
broker. Told are medians, with the least and the greatest. Nothing else should run meanwhile.

Options:
  --events N              (default 1000000; with fewer, much of it goes into compiling)
  --rounds N              in which each is measured once (default 3)
  --platformatic VERSION  installs @platformatic/kafka by npm into a temporary directory; 1.35.0 is the last one for Node 20
  --json                  one JSON object on standard output
  --help                  this text

Example:
  npm run --silent bench:kafka-clients -- --platformatic 1.35.0 --json`;

await runEvaluation(
  {
    help: HELP,
    options: z.object({
      events: wholeNumber('events', 1_000).default(1_000_000),
      rounds: wholeNumber('rounds', 1).default(3),
      platformatic: z
        .string()
        .regex(/^\d+\.\d+\.\d+$/, '--platformatic is no exact version')
        .optional(),
      json: z.boolean().default(false),
    }),
  },
  async ({ json, ...options }) => {
    const rows = await withEmbedded(embedded => benchClients(embedded, options));
    printResult({ events: options.events, rounds: options.rounds, rows }, json, () =>
      table([
        ['CLIENT', 'EVENTS A CPU-SECOND', 'OVER KAFKAJS'],
        ...rows.map(({ client, version, events_per_cpu_second, over_kafkajs }) => [
          version === null ? client : `${client} ${version}`,
          spelled(events_per_cpu_second),
          spelled(over_kafkajs),
        ]),
      ]),
    );
  },
);
