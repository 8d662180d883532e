import type { Command } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
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
    .option('--table', 'measures nothing: what shops of three sizes need, by costs that were measured', false)
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'temper bench scale --table',
        'temper bench scale --partitions 1,8 --seconds 20 --events 6000000 --json',
      ),
    )
    .action(async options => {
      if (options.table) {
        const { printNeeds } = await import('../../bench/scale/needs.ts');
        printNeeds(options.json);
        return;
      }
      const { benchScale } = await import('../../bench/scale/scale.ts');
      process.exitCode = await benchScale(options);
    });
  benches
    .command('bytes')
    .description(
      'bytes of a row in ClickHouse and of a record in Kafka, of the Temper that runs on this data directory',
    )
    .addOption(json())
    .addHelpText('after', examples('temper bench bytes', 'temper bench bytes --json'))
    .action(async options => {
      const { printBytes } = await import('../../bench/scale/bytes.ts');
      await printBytes(readConfig(), options.json);
    });
  benches
    .command('follow')
    .description('events a CPU-second that a scorer can follow: each of them applies what all users do')
    .option('--events <n>', 'that are followed', atLeast(10_000), 500_000)
    .addOption(json())
    .addHelpText('after', examples('temper bench follow', 'temper bench follow --events 2000000 --json'))
    .action(async options => {
      const { benchFollowing } = await import('../../bench/scale/follow.ts');
      await benchFollowing(options.events, options.json);
    });
}
