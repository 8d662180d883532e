import type { Command } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { by, examples, json } from './options.ts';

/** Commands on what is kept of people. */
export function privacy(program: Command): void {
  program
    .command('erase')
    .description('erases what was recorded of a user until now, everywhere, and proves it by a scan of all stores')
    .argument('<user>', 'the id, as the shop sends it')
    .option('--cut-logs', "delete the user's records in Kafka at once, with all that lies before them", false)
    .option(
      '--rebuild',
      'then make the sums in all features anew from the archive, as `temper backfill --all` does',
      false,
    )
    .option('--retrain', 'afterwards train those champions anew that were trained on what the user did', false)
    .option('--status', 'where it stands, without asking for anything')
    .option('--reason <text>', 'why, for the record', 'the user asked for it')
    .addOption(by('who asks, for the record'))
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper erase anna',
        'temper erase anna --rebuild --retrain',
        'temper erase anna --cut-logs --json',
        'temper erase anna --status',
      ),
    )
    .action(async (user: string, options) => {
      const { eraseUser } = await import('../privacy/erase.ts');
      process.exitCode = await eraseUser(readConfig(), user, options);
    });

  program
    .command('retention')
    .description('shows how long things are kept, by the policy and as the stores have it')
    .option('--now', 'hold tables and files to the policy now, which a schedule does every 6 hours', false)
    .addOption(json())
    .addHelpText('after', examples('temper retention', 'temper retention --now --json'))
    .action(async options => {
      const { showRetention } = await import('../privacy/retention.ts');
      await showRetention(readConfig(), options);
    });

  program
    .command('export')
    .description('writes all that is stored of a user into a new file, a JSON object a line')
    .argument('<user>', 'the id, as the shop sends it')
    .requiredOption('--out <file>', 'where to')
    .addOption(json())
    .addHelpText('after', examples('temper export anna --out anna.ndjson'))
    .action(async (user: string, options) => {
      const { exportUser } = await import('../privacy/export.ts');
      await exportUser(readConfig(), user, options);
    });
}
