import { Argument, type Command, Option } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { TOPICS } from '../../streams/graph.ts';
import { READERS } from '../../streams/offsets/readers.ts';
import { atLeast, examples, json } from './options.ts';

const jobs = [...new Set(READERS.map(({ job }) => job))];

/** Commands on where the jobs stand in what they read. */
export function offsets(program: Command): void {
  const group = program
    .command('offsets')
    .description('where the jobs stand in what they read, and the way out of OFFSET_LOST')
    .addHelpText('after', examples('temper offsets show', 'temper offsets accept-loss sinks'));
  group
    .command('show')
    .description('by job and partition: what is read next, what the log has, and whether anything is lost')
    .addArgument(new Argument('[job]', 'of this one alone').choices(jobs))
    .addOption(json())
    .addHelpText('after', examples('temper offsets show', 'temper offsets show sinks --json'))
    .action(async (job, options) => {
      const { showOffsets } = await import('../records/offsets.ts');
      await showOffsets(readConfig(), job, options.json);
    });
  group
    .command('accept-loss')
    .description('says what a job that stopped with OFFSET_LOST would skip; with --yes, it goes on behind it')
    .addArgument(new Argument('<job>', 'which one').choices(jobs))
    .addOption(new Option('--topic <name>', 'in this topic alone').choices(Object.keys(TOPICS)))
    .option('--partition <n>', 'in this partition alone', atLeast(0))
    .option('--reason <text>', 'why, for the record')
    .option('--yes', 'accept it')
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper offsets accept-loss sinks',
        'temper offsets accept-loss sinks --topic shop.events --yes --reason "retention was set too short"',
      ),
    )
    .action(async (job, options) => {
      const { acceptLoss } = await import('../records/offsets.ts');
      await acceptLoss(readConfig(), job, options);
    });
}
