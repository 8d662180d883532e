import { type Command, Option } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { examples, json, positive } from './options.ts';

/** Commands on what the rankers read. */
export function features(program: Command): void {
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
      const { listFeatures } = await import('../features/features.ts');
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
      const { explainFeature } = await import('../features/features.ts');
      explainFeature(readConfig(), name, options.json);
    });

  features
    .command('drift')
    .description('how the features of the last hours differ from those before, in the examples')
    .option('--hours <n>', 'how many hours are now', positive, 24)
    .addOption(json())
    .addHelpText('after', examples('temper features drift', 'temper features drift --hours 1 --json'))
    .action(async options => {
      const { printDrift } = await import('../features/features.ts');
      await printDrift(readConfig(), options);
    });

  features
    .command('examination')
    .description('how far down items are looked at, by lists in random order, beside what features are made with')
    .addOption(new Option('--surface <name>', 'where lists are shown').choices(Surface.options).default('home'))
    .addOption(json())
    .addHelpText(
      'after',
      examples('temper features examination', 'temper features examination --surface search --json'),
    )
    .action(async options => {
      const { printExamination } = await import('../features/examination.ts');
      await printExamination(readConfig(), options);
    });

  program
    .command('backfill')
    .description(
      'makes features that were declared lately as if they had always been declared, from the archived events; or all anew',
    )
    .argument('[features...]', 'names of aggregates, as in `temper features list`')
    .option('--all', 'all sums, where the archive has gained something or lost it: after imports and erasures', false)
    .option('--anyway', 'switch even where the archive makes something else of other features too', false)
    .option('--status', 'where the last one stands')
    .option('--cancel', 'ask the one that runs to stop')
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper backfill user.clicks.10m item.trend',
        'temper backfill --all',
        'temper backfill --status --json',
        'temper backfill --cancel',
      ),
    )
    .action(async (names: string[], options) => {
      const { backfill } = await import('../features/backfill.ts');
      process.exitCode = await backfill(readConfig(), names, options);
    });

  features
    .command('consistency')
    .description('whether what was served is what the declared SQL makes of the same events; compares a sample now')
    .option('--hours <n>', 'of the lists of so many hours', positive, 1)
    .addOption(json())
    .addHelpText('after', examples('temper features consistency', 'temper features consistency --hours 24 --json'))
    .action(async options => {
      const { printConsistency } = await import('../features/consistency.ts');
      await printConsistency(readConfig(), options);
    });
}
