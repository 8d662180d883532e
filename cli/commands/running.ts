import type { Command } from 'commander';
import { readConfig } from '../../schemas/settings/config.ts';
import { JOBS, type JobName, toMermaid } from '../../streams/graph.ts';
import { printResult, table } from '../output.ts';
import { VERSION } from '../version.ts';
import { atLeast, examples, json, oneOf, positive } from './options.ts';

/** Commands that start, stop and show what runs. */
export function running(program: Command): void {
  program
    .command('start')
    .description('the whole job graph on this machine, with a simulated shop in front of it')
    .option('--once', 'collect, retrain, promote, serve for a while, then end')
    .option('--no-shop', 'only services and jobs: your own shop publishes and asks')
    .option('--rate <lists>', 'lists a second that the simulated shop asks for', positive, 60)
    .option('--seed <n>', 'seed of the shop and of the training', atLeast(0), 1)
    .addOption(json())
    .addHelpText(
      'after',
      examples('temper start', 'temper start --once --json', 'TEMPER_KAFKA=broker:9092 temper start --no-shop'),
    )
    .action(async options => {
      const { start } = await import('../start/start.ts');
      process.exitCode = await start(options);
    });

  program
    .command('up')
    .description('services and jobs in the background; returns when they are ready')
    .addOption(json())
    .addHelpText('after', examples('temper up && temper status', 'TEMPER_DATA=/var/lib/temper temper up'))
    .action(async options => {
      const { up } = await import('../stack/background.ts');
      const endpoints = await up(readConfig());
      printResult(endpoints, options.json, () =>
        table(Object.entries(endpoints).map(([name, at]) => [name, String(at)])),
      );
    });

  program
    .command('down')
    .description('stops what `temper up` or `temper start` runs on this data directory')
    .addOption(json())
    .addHelpText('after', examples('temper down', 'TEMPER_DATA=/var/lib/temper temper down'))
    .action(async options => {
      const { down } = await import('../stack/background.ts');
      const stopped = await down(readConfig());
      printResult({ stopped }, options.json, () => (stopped ? 'stopped' : 'nothing was running'));
    });

  program
    .command('status')
    .description('the jobs, their lag and latency, and the champion')
    .option('--brokers', "only the brokers' address, for programs that send events and read lists")
    .addOption(json())
    .addHelpText('after', examples('temper status', 'node consumer.mjs $(temper status --brokers)'))
    .action(async options => {
      const { status, brokers } = await import('../status.ts');
      await (options.brokers ? brokers(readConfig(), options.json) : status(readConfig(), options.json));
    });

  program
    .command('run')
    .description('one job as this process; any number of processes share its partitions')
    .argument(
      '<job>',
      Object.entries(JOBS)
        .map(([name, { does }]) => `${name}: ${does}`)
        .join('\n'),
      oneOf(Object.keys(JOBS)),
    )
    .addHelpText(
      'after',
      examples(
        'TEMPER_KAFKA=kafka:9092 TEMPER_TEMPORAL=temporal:7233 TEMPER_CLICKHOUSE=https://user:secret@clickhouse:8443 temper run scorer',
        'temper up && temper run scorer    # one more beside those that run here',
      ),
    )
    .action(async (job: JobName) => {
      const { runJob } = await import('../stack/run.ts');
      process.exitCode = await runJob(job, readConfig());
    });

  program
    .command('graph')
    .description('the job graph as Mermaid')
    .option('--asyncapi', 'the topics and their messages as an AsyncAPI document, in JSON')
    .addHelpText('after', examples('temper graph > graph.mmd', 'temper graph --asyncapi > asyncapi.json'))
    .action(async options => {
      if (!options.asyncapi) return void process.stdout.write(toMermaid());
      const { asyncapi } = await import('../reference/asyncapi.ts');
      process.stdout.write(`${JSON.stringify(asyncapi(VERSION), null, 2)}\n`);
    });

  program
    .command('doctor')
    .description('what this machine has and lacks, and every setting')
    .addOption(json())
    .addHelpText('after', examples('temper doctor', 'temper doctor --json'))
    .action(async options => {
      const { doctor } = await import('../doctor.ts');
      process.exitCode = await doctor(options.json);
    });
}
