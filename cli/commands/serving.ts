import { type Command, Option } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { atLeast, by, examples, json } from './options.ts';

const VERBS = {
  approve: 'lets a model that passed the gates serve, where TEMPER_APPROVAL wants that of somebody',
  reject: 'keeps it from serving; a challenger that is on trial is taken off',
  pause: 'keeps a challenger at its stage; it is still watched, and stopped where it is worse',
  resume: 'lets a paused trial go on',
} as const;

/** Commands that decide who serves, and tell who has. */
export function serving(program: Command): void {
  for (const verb of ['approve', 'reject', 'pause', 'resume'] as const) {
    decision(program.command(verb).description(VERBS[verb]))
      .addHelpText('after', examples(`temper ${verb} --reason "a look at the lists"`, `temper ${verb} --json`))
      .action(async options => {
        const { decideOn } = await import('../serving.ts');
        await decideOn(readConfig(), verb, options);
      });
  }

  decision(program.command('rollback').description('takes back what serves: a challenger on trial, else the champion'))
    .option('--to <model>', 'a model that has served; who served before the champion, if not given')
    .addHelpText(
      'after',
      examples('temper rollback --reason "empty lists"', 'temper rollback --to home-0123456789 --json'),
    )
    .action(async options => {
      const { takeBack } = await import('../serving.ts');
      await takeBack(readConfig(), options);
    });

  program
    .command('history')
    .description('what served when, as what, by whose word and why; and what is on trial')
    .addOption(surface())
    .option('--limit <n>', 'the newest so many', atLeast(1), 20)
    .addOption(json())
    .addHelpText('after', examples('temper history', 'temper history --surface home --limit 100 --json'))
    .action(async options => {
      const { history } = await import('../learning/history.ts');
      await history(readConfig(), options);
    });

  program
    .command('compare')
    .description('two models of the registry, by their manifests and their verdicts')
    .argument('<one>', 'its id')
    .argument('<other>', 'its id')
    .addOption(json())
    .addHelpText('after', examples('temper compare home-0123456789 home-9876543210'))
    .action(async (one: string, other: string, options) => {
      const { compareModels } = await import('../learning/compare.ts');
      await compareModels(readConfig(), one, other, options.json);
    });
}

function decision(command: Command): Command {
  return command
    .addOption(surface())
    .option('--reason <text>', 'why, for the record', 'asked for on the command line')
    .addOption(by('who, for the record'))
    .addOption(json());
}

function surface(): Option {
  return new Option('--surface <name>', 'which').choices(Surface.options).default('home');
}
