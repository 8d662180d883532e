import { type Command, Option } from 'commander';
import { LANGUAGES } from '../../models/explain/language/languages.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { examples, json } from './options.ts';

/** The command that says why a list is as it is. */
export function explaining(program: Command): void {
  program
    .command('explain')
    .description('why each item of a list stands where it stands, and what would have moved it')
    .argument('<list>', 'its id, as `temper rank --json` prints it')
    .addOption(
      new Option('--language <code>', "in which; the request's, or the user's, if not given").choices(LANGUAGES),
    )
    .addOption(json())
    .addHelpText('after', examples('temper explain r-42', 'temper explain r-42 --language de --json'))
    .action(async (list: string, options) => {
      const { explainServed } = await import('../explain.ts');
      await explainServed(readConfig(), list, options);
    });
}
