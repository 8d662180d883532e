import type { Command } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { examples, json } from './options.ts';

/** Commands for the keys by which promotions sign models. */
export function keys(program: Command): void {
  const keys = program
    .command('keys')
    .description('the keys by which promotions sign models, and scorers know them')
    .addHelpText('after', examples('temper keys list', 'temper keys new && temper keys retire k-0123456789abcdef'));
  keys
    .command('list')
    .description('all keys, and which one signs')
    .addOption(json())
    .addHelpText('after', examples('temper keys list', 'temper keys list --json'))
    .action(async options => {
      const { listKeys } = await import('../learning/keys.ts');
      await listKeys(readConfig(), options.json);
    });
  keys
    .command('new')
    .description('makes a pair of keys; it signs when no older one is active')
    .option('--reason <text>', 'why, for the record', 'asked for on the command line')
    .addOption(json())
    .addHelpText('after', examples('temper keys new', 'TEMPER_KEYS=/etc/temper/keys temper keys new --reason 2027'))
    .action(async options => {
      const { newKey } = await import('../learning/keys.ts');
      await newKey(readConfig(), options);
    });
  keys
    .command('retire')
    .description('ends a key: what it signed before goes on being served')
    .argument('<key>', 'its id')
    .option('--reason <text>', 'why, for the record', 'asked for on the command line')
    .addOption(json())
    .addHelpText('after', examples('temper keys retire k-0123456789abcdef --reason "a year old"'))
    .action(async (key: string, options) => {
      const { retireKey } = await import('../learning/keys.ts');
      await retireKey(readConfig(), key, options);
    });
  keys
    .command('revoke')
    .description('ends a key that somebody else may have: nothing that it signed is opened')
    .argument('<key>', 'its id')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(json())
    .addHelpText('after', examples('temper keys revoke k-0123456789abcdef --reason "the disk was stolen"'))
    .action(async (key: string, options) => {
      const { revokeKey } = await import('../learning/keys.ts');
      await revokeKey(readConfig(), key, options);
    });
}
