import { setTimeout as sleep } from 'node:timers/promises';
import { observe } from '../../cli/stack/observe.ts';
import { createLog } from '../../schemas/log.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { startFeatures } from '../../streams/features/job.ts';
import { startUserFeatures } from '../../streams/features/users.ts';
import { JOBS } from '../../streams/graph.ts';
import type { JobContext } from '../../streams/job.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { Report } from '../../streams/report.ts';
import { COUNTED } from './counted.ts';
import { cpuOf } from './cpu.ts';
import { isRead } from './is-read.ts';

export type Work = 'features' | 'counts';

/** What the process is asked for: one work after the other. */
export interface Wanted {
  works: readonly Work[];
}

const POLL_MS = 500;

/** By its name, what is measured. */
const WORKS: Readonly<Record<Work, (context: JobContext) => Promise<void>>> = {
  async features(context) {
    const running = await startFeatures(context);
    await untilRead(context.bus, 'temper.features.users', 'shop.events');
    await untilRead(context.bus, 'temper.features.items', 'features.item.log'); // what the one writes, the other reads
    await running.stop();
  },
  async counts(context) {
    const outbox = await context.bus.outbox({ allowed: JOBS.features.writes, linger_ms: 0 });
    const running = await startUserFeatures(context, outbox, { users: COUNTED });
    await untilRead(context.bus, 'temper.features.users', 'shop.events');
    await running.stop();
    await outbox.stop();
  },
};

async function untilRead(bus: Bus, group: string, topic: string): Promise<void> {
  while (!(await isRead(bus, group, topic))) await sleep(POLL_MS);
}

const unused = () => {
  throw new Error('the feature job does not use ClickHouse');
};
const NO_STORE = {
  insert: unused,
  query: unused,
  command: unused,
  bytes: unused,
  load: unused,
  stream: unused,
  stop: async () => {},
};

/** A process that does the works, and tells how many seconds of CPU each took. */
process.once('message', async ({ works }: Wanted) => {
  const config = readConfig();
  const log = createLog('bench', 'error');
  const bus = connect({ brokers: config.kafka!, name: 'temper-bench-measured', log });
  const report = new Report('features', 'bench');
  const observation = await observe(report, config, log); // as a job's process is
  const context = { config, bus: observation.over(bus), log, store: NO_STORE, report };
  const seconds: number[] = [];
  for (const work of works) seconds.push(await cpuOf(() => WORKS[work](context)));
  process.send!(seconds);
  await bus.stop();
  await observation.stop();
  process.disconnect();
});
