import type { Command } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { examples, json } from './options.ts';

/** The command that trains a registered model again. */
export function reproduce(program: Command): void {
  program
    .command('reproduce')
    .description('trains a registered model again from its manifest, and compares every file')
    .argument('<model>', 'its id in the registry')
    .addOption(json())
    .addHelpText('after', examples('temper reproduce home-0123456789'))
    .action(async (model: string, options) => {
      const { reproduceModel } = await import('../learning/reproduce.ts');
      process.exitCode = await reproduceModel(readConfig(), model, options.json);
    });
}
