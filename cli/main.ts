import { Command } from 'commander';
import { ads } from './commands/ads.ts';
import { bench } from './commands/bench.ts';
import { consoleCommand } from './commands/console.ts';
import { explaining } from './commands/explain.ts';
import { features } from './commands/features.ts';
import { gates } from './commands/gates.ts';
import { keys } from './commands/keys.ts';
import { learning } from './commands/learning.ts';
import { offsets } from './commands/offsets.ts';
import { privacy } from './commands/privacy.ts';
import { records } from './commands/records.ts';
import { reproduce } from './commands/reproduce.ts';
import { running } from './commands/running.ts';
import { search } from './commands/search.ts';
import { serving } from './commands/serving.ts';
import { support } from './commands/support.ts';
import { watch } from './commands/watch.ts';
import { explain, progress } from './output.ts';
import { VERSION } from './version.ts';

/** Runs one command line; sets the exit code: 0 done, 1 failed with a reason, 2 called wrongly. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = build();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (String((error as { code?: unknown }).code).startsWith('commander.')) {
      process.exitCode = (error as { exitCode: number }).exitCode === 0 ? 0 : 2;
      return;
    }
    progress(`temper: ${explain(error)}`);
    process.exitCode = 1;
  }
}

/** All commands, without running one. */
export function build(): Command {
  const program = new Command('temper')
    .description('An e-commerce search and recommendation engine that keeps itself trained.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError()
    .configureHelp({ sortSubcommands: false });
  for (const add of [
    running,
    consoleCommand,
    records,
    explaining,
    search,
    ads,
    support,
    offsets,
    privacy,
    features,
    learning,
    serving,
    watch,
    gates,
    keys,
    reproduce,
    bench,
  ])
    add(program);
  return program;
}
