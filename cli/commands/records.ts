import { type Command, Option } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { DeadLetter } from '../../schemas/topics/operations.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { TOPICS } from '../../streams/graph.ts';
import { FORMATS } from '../../streams/replay/formats.ts';
import { atLeast, countOfItems, examples, json, oneOf, speed } from './options.ts';

/** Commands on what flows: lists, recordings, dead letters. */
export function records(program: Command): void {
  program
    .command('rank')
    .description('asks for a list, as a storefront would')
    .requiredOption('--user <id>', 'for whom')
    .addOption(new Option('--surface <name>', 'where it is shown').choices(Surface.options).default('home'))
    .option('--query <text>', 'what was typed, where the surface is search')
    .option('--literally', 'takes what was typed for its words alone')
    .option('--count <n>', 'how many items', countOfItems, 10)
    .option('--candidates <ids>', 'rank these items, separated by commas')
    .option('--language <tag>', 'in which `temper explain` tells of it, such as de')
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
      const { rank } = await import('../rank.ts');
      await rank(readConfig(), options);
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
      const { replayFile } = await import('../records/replay.ts');
      process.exitCode = await replayFile(file, options);
    });

  program
    .command('import')
    .description('archived events, products and lists into ClickHouse and into examples, without Kafka')
    .argument('<file...>', 'Parquet or JSON lines, these also gzipped; * and ? stand for characters of a name')
    .option('--catalogue <file...>', 'the same, of products', [])
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper import archive/events-*.parquet --catalogue archive/products.parquet',
        "temper import 'archive/2026-*.ndjson.gz' --json && temper retrain",
      ),
    )
    .action(async (files: string[], options) => {
      const { importFiles } = await import('../records/import.ts');
      process.exitCode = await importFiles(files, options);
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
      const { printDeadLetters } = await import('../records/dead-letters.ts');
      await printDeadLetters(readConfig(), options);
    });
  filtered(letters.command('replay').description('sends again what its topic would take today'))
    .addHelpText('after', examples('temper dead-letters replay --reason future'))
    .action(async options => {
      const { printReplayed } = await import('../records/dead-letters.ts');
      await printReplayed(readConfig(), options);
    });
}
