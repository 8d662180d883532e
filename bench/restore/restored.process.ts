import { createLog } from '../../schemas/log.ts';
import { USERS } from '../../streams/features/log/entities.ts';
import { restorePartition, USER_TOPICS } from '../../streams/features/restore.ts';
import { connect } from '../../streams/kafka/connect.ts';

/** What the process is asked for. */
export interface Wanted {
  brokers: string[];
  partitions: number;
  /** Keys that are unpacked at most. */
  live: number;
}

export interface Restored {
  users: number;
  seconds: number;
  cpu_seconds: number;
  /** What the process has grown by. */
  rss_bytes: number;
  heap_bytes: number;
  /** Outside of the JavaScript heap. */
  buffer_bytes: number;
}

/** A process that gets all partitions, and tells how long it took and what it takes. */
process.once('message', async ({ brokers, partitions, live }: Wanted) => {
  const bus = connect({ brokers, name: 'temper-bench-restored', log: createLog('bench', 'error') });
  const before = memory();
  const cpu = process.cpuUsage();
  const started = performance.now();
  const restored = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const { replica } = await restorePartition(bus, USERS, USER_TOPICS, partition, async () => {}, live);
      return replica;
    }),
  );
  const seconds = (performance.now() - started) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  const after = memory();
  const told: Restored = {
    users: restored.reduce((sum, { size }) => sum + size, 0),
    seconds,
    cpu_seconds: (user + system) / 1e6,
    rss_bytes: after.rss - before.rss,
    heap_bytes: after.heapUsed - before.heapUsed,
    buffer_bytes: after.external - before.external,
  };
  process.send!(told);
  await bus.stop();
  process.disconnect();
});

function memory(): NodeJS.MemoryUsage {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage();
}
