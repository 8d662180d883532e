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
    .option('--events <n>', 'worked off in each run', atLeast(10_000), 300_000)
    .addOption(json())
    .addHelpText('after', examples('temper bench scale', 'temper bench scale --partitions 1,8 --events 1000000 --json'))
    .action(async options => {
      const { benchScale } = await import('../../bench/scale/scale.ts');
      await benchScale(options);
    });
}
