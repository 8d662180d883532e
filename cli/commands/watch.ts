import { type Command, Option } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { examples, json, positive } from './options.ts';

/** The command that tells how the champion fares. */
export function watch(program: Command): void {
  program
    .command('watch')
    .description('how the champion fares: drift, calibration, click rate, failures, and what followed')
    .addOption(new Option('--surface <name>', 'whose champion').choices(Surface.options).default('home'))
    .option('--now', 'a look now, which is not written down and which nothing follows from')
    .option('--hours <n>', 'how far back acts are told', positive, 24)
    .option('--policy', 'what it is held to and what follows, as a file to edit for TEMPER_WATCH_POLICY')
    .addOption(json())
    .addHelpText('after', examples('temper watch', 'temper watch --now --json', 'temper watch --policy > watch.json'))
    .action(async ({ policy, ...options }) => {
      const { printWatch, printWatchPolicy } = await import('../watch/watch.ts');
      if (policy) printWatchPolicy(readConfig());
      else await printWatch(readConfig(), options);
    });
}
