import { createLog } from '../../schemas/log.ts';
import { USERS } from '../../streams/features/log/entities.ts';
import { restorePartition, USER_TOPICS } from '../../streams/features/restore.ts';
import { connect } from '../../streams/kafka/connect.ts';

/** What the process is asked for. */
export interface Wanted {
  brokers: string[];
  partitions: number;
  /** Keys of each partition that are unpacked at most; so many are asked for after the restore. */
  live: number;
}

export interface Restored {
  users: number;
  seconds: number;
  cpu_seconds: number;
  /** What the process has grown by, and of it the JavaScript heap, and what is outside of it. */
  packed: { rss: number; heap: number; buffers: number };
  /** Keys that were then asked for, and what these made it grow by. */
  asked: number;
  asked_cpu_seconds: number;
  live: { rss: number; heap: number; buffers: number };
}

/** A process that gets all partitions, and tells how long it took and what it takes. */
process.once('message', async ({ brokers, partitions, live }: Wanted) => {
  const bus = connect({ brokers, name: 'temper-bench-restored', log: createLog('bench', 'error') });
  let before = memory();
  let cpu = process.cpuUsage();
  const started = performance.now();
  const replicas = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const { replica } = await restorePartition(bus, USERS, USER_TOPICS, partition, async () => {}, live);
      return replica;
    }),
  );
  const seconds = (performance.now() - started) / 1e3;
  const cpu_seconds = cpuSince(cpu);
  const packed = grownSince(before);
  before = memory();
  cpu = process.cpuUsage();
  let asked = 0;
  for (const replica of replicas) for (let n = 0; n < live; n++) if (replica.get(`u${n}`)) asked++;
  const told: Restored = {
    users: replicas.reduce((sum, { size }) => sum + size, 0),
    seconds,
    cpu_seconds,
    packed,
    asked,
    asked_cpu_seconds: cpuSince(cpu),
    live: grownSince(before),
  };
  process.send!(told);
  await bus.stop();
  process.disconnect();
});

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function memory(): NodeJS.MemoryUsage {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage();
}

function grownSince(before: NodeJS.MemoryUsage): { rss: number; heap: number; buffers: number } {
  const { rss, heapUsed, external } = memory();
  return { rss: rss - before.rss, heap: heapUsed - before.heapUsed, buffers: external - before.external };
}
