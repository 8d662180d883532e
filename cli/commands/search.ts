import type { Command } from 'commander';
import { LIMITS } from '../../schemas/limits.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { examples, json, within } from './options.ts';

/** Commands around searches; `rank --query` asks one. */
export function search(program: Command): void {
  program
    .command('suggest')
    .description('completions of what somebody types, from what others typed and found something by')
    .argument('<typed>', 'the beginning of a query')
    .option(
      '--count <n>',
      `how many, ${LIMITS.suggestions_per_request} at most`,
      within(LIMITS.suggestions_per_request),
      10,
    )
    .option('--learn', 'learn from the archived searches first, as is done every 15 minutes')
    .addOption(json())
    .addHelpText('after', examples('temper suggest lapt', 'temper suggest "red sh" --learn --json'))
    .action(async (typed: string, options) => {
      const { suggest } = await import('../search/suggest.ts');
      await suggest(readConfig(), typed, options);
    });
}
