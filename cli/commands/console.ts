import type { Command } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { examples, json } from './options.ts';

/** The web page of a running Temper. */
export function consoleCommand(program: Command): void {
  program
    .command('console')
    .description('the web page of the running Temper: its own, where `temper start` has one already')
    .option('--links', 'only print the links with their tokens')
    .option(
      '--new-tokens',
      'make new tokens first: links and sessions that there are end when the console starts again',
    )
    .addOption(json())
    .addHelpText('after', examples('temper console --links', 'TEMPER_CONSOLE=127.0.0.1:8080 temper console'))
    .action(async options => {
      const { runConsole } = await import('../console.ts');
      process.exitCode = await runConsole(readConfig(), options);
    });
}
