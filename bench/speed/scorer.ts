import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { runEvaluation, wholeNumber } from '../options.ts';
import { benchInProcess } from '../scorer/in-process.ts';
import { benchTopics } from '../scorer/topics.ts';

const HELP = `Usage: npm run --silent bench:scorer -- [options]

How much a list of 500 candidates costs beside the bare run of its model in ONNX Runtime, a perceptron of 256 and 128
neurons: in process, in turns with it; from topic to topic at half load, in turns with an echo through the same broker, of the same
sizes and settings; and how many lists a second a scorer's process works off. Nothing else should run meanwhile.

Options:
  --in-process  the first of these alone, without services
  --rounds N    how often scorer, echo and model take turns (default 5)
  --seconds N   for how long each (default 5)
  --json        one JSON object on standard output
  --help        this text

Examples:
  npm run --silent bench:scorer -- --json
  npm run --silent bench:scorer -- --in-process`;

const options = z.object({
  'in-process': z.boolean().default(false),
  rounds: wholeNumber('rounds', 1).default(5),
  seconds: wholeNumber('seconds', 1).default(5),
  json: z.boolean().default(false),
});

await runEvaluation({ help: HELP, options }, async ({ 'in-process': alone, rounds, seconds, json }) => {
  const in_process = await benchInProcess();
  progress(`in process: ${in_process.p50_ratio} and ${in_process.p99_ratio} of the bare run`);
  const behind = alone ? undefined : await withEmbedded(embedded => benchTopics(embedded, rounds, seconds));
  printResult({ in_process, ...behind }, json, () =>
    table([
      ['FIGURE', 'SCORER', 'BESIDE IT', 'RATIO'],
      ['in process, p50', `${in_process.p50_ms} ms`, `model ${in_process.ort_p50_ms} ms`, `${in_process.p50_ratio}`],
      ['in process, p99', `${in_process.p99_ms} ms`, `model ${in_process.ort_p99_ms} ms`, `${in_process.p99_ratio}`],
      ...(behind ? rowsOf(behind) : []),
    ]),
  );
});

function rowsOf({ topic_to_topic: t, throughput, throughput_ratio }: Awaited<ReturnType<typeof benchTopics>>) {
  return [
    ['topic to topic, p99', `${t.p99_ms} ms`, `echo ${t.echo_p99_ms} ms, model ${t.ort_p99_ms} ms`, `${t.ratio}`],
    ['lists a second', `${throughput.lists_per_second}`, `1 / model's p50`, `${throughput_ratio}`],
  ];
}
