import type { Command } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { atLeast, examples, json } from './options.ts';

/** Commands around questions and their answers. */
export function support(program: Command): void {
  program
    .command('ask')
    .description('asks a question as a user, and prints the answer with its sources')
    .argument('<question>', 'in any language')
    .option('--user <id>', 'who asks', 'cli')
    .option('--session <id>', 'to which conversation it belongs', 'cli')
    .addOption(json())
    .addHelpText(
      'after',
      examples('temper ask "How long can I send things back?"', 'temper ask "Where is my order?" --user u00001 --json'),
    )
    .action(async (question: string, options) => {
      const { ask } = await import('../ask.ts');
      await ask(readConfig(), question, options);
    });

  const intents = program
    .command('intents')
    .description('what users ask for, told by a classifier')
    .addHelpText('after', examples('temper intents train --questions questions.csv'));
  intents
    .command('train')
    .description('learns them from questions that somebody has sorted')
    .requiredOption('--questions <file>', 'a CSV of text,category')
    .option('--seed <n>', 'of the training', atLeast(0), 1)
    .addOption(json())
    .addHelpText('after', examples('temper intents train --questions questions.csv'))
    .action(async options => {
      const { trainOwnIntents } = await import('../learning/intents.ts');
      await trainOwnIntents(readConfig(), options);
    });
}
