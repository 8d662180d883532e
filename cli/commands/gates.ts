import type { Command } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { examples, json } from './options.ts';

/** Commands that tell what candidates have to show, and what they have shown. */
export function gates(program: Command): void {
  const gates = program
    .command('gates')
    .description('what a candidate has to show before it may serve, and what candidates have shown')
    .addHelpText('after', examples('temper gates list', 'temper gates explain'));
  gates
    .command('list')
    .description('every gate, with what it asks and its limits')
    .addOption(json())
    .addHelpText('after', examples('temper gates list', 'TEMPER_GATES=gates.json temper gates list --json'))
    .action(async options => {
      const { listGates } = await import('../learning/gates.ts');
      listGates(readConfig(), options.json);
    });
  gates
    .command('policy')
    .description('the whole policy in force, as a file for TEMPER_GATES')
    .addOption(json())
    .addHelpText('after', examples('temper gates policy > gates.json'))
    .action(async options => {
      const { printPolicy } = await import('../learning/gates.ts');
      printPolicy(readConfig(), options.json);
    });
  gates
    .command('explain')
    .description('why a candidate was let through or refused, number by number')
    .argument('[which]', 'a model, a workflow or its run; the newest verdict, if not given')
    .addOption(json())
    .addHelpText('after', examples('temper gates explain', 'temper gates explain home-0123456789 --json'))
    .action(async (which: string | undefined, options) => {
      const { explainVerdict } = await import('../learning/gates.ts');
      process.exitCode = await explainVerdict(readConfig(), which, options.json);
    });
}
