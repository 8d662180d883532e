import type { Command } from 'commander';
import { atLeast, examples, json, numbers } from './options.ts';

/** Commands that measure this machine. */
export function bench(program: Command): void {
  const benches = program
    .command('bench')
    .description('what this machine carries, measured on services of its own')
    .addHelpText('after', examples('temper bench scale --partitions 1,4 --processes 1,2'));
  benches
    .command('scale')
    .description('events a second by partitions and processes, and what each costs jobs, Kafka and ClickHouse')
    .option('--partitions <list>', 'numbers of partitions', numbers, [1, 2, 4, 8])
    .option('--processes <list>', 'numbers of processes of a job', numbers, [1, 2])
    .option('--events <n>', 'in the log that is worked off', atLeast(10_000), 3_000_000)
    .option('--seconds <n>', 'for which each run is measured, where there are events enough', atLeast(1), 10)
    .addOption(json())
    .addHelpText(
      'after',
      examples('temper bench scale', 'temper bench scale --partitions 1,8 --seconds 20 --events 6000000 --json'),
    )
    .action(async options => {
      const { benchScale } = await import('../../bench/scale/scale.ts');
      process.exitCode = await benchScale(options);
    });
}
