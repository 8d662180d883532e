import { setTimeout as sleep } from 'node:timers/promises';
import { JOBS, type JobName } from '../../streams/graph.ts';
import type { Bus } from '../../streams/kafka/bus.ts';

/** Groups with what they read, upstream first: what a job writes is the next one's lag. Outcomes hold their commits back. */
const GROUPS: readonly { job: JobName; group: string; topics: readonly string[] }[] = [
  { job: 'features', group: 'temper.features.users', topics: ['shop.events'] },
  { job: 'features', group: 'temper.features.items', topics: ['features.item.log'] },
  { job: 'scorer', group: 'temper.scorer', topics: JOBS.scorer.reads },
  { job: 'billing', group: 'temper.billing', topics: JOBS.billing.reads },
  { job: 'sinks', group: 'temper.sinks', topics: JOBS.sinks.reads },
];
const POLL_MS = 250;

/** Records behind the end of the log, by group and topic, of the jobs that run. */
export async function lagOf(bus: Bus, jobs: readonly JobName[]): Promise<Map<string, number>> {
  const lag = new Map<string, number>();
  for (const { group, topics } of GROUPS.filter(({ job }) => jobs.includes(job))) {
    for (const topic of topics) {
      const standing = await bus.committed(group, topic);
      let behind = 0;
      for (const [partition, { low, high }] of await bus.bounds(topic)) {
        behind += high - (standing.get(partition) ?? low);
      }
      lag.set(`${group} ${topic}`, behind);
    }
  }
  return lag;
}

/**
 * Waits until the jobs have read all there is, as long as any of them gets on.
 *
 * @param within_ms without any progress
 * @returns what is behind when the time is up; nothing else
 */
export async function untilQuiet(
  bus: Bus,
  jobs: readonly JobName[],
  { within_ms, signal }: { within_ms: number; signal: AbortSignal },
): Promise<string[]> {
  let deadline_ms = Date.now() + within_ms;
  let before = '';
  for (;;) {
    const behind = await lagOf(bus, jobs).then(
      lag => [...lag].flatMap(([what, records]) => (records > 0 ? [`${what}: ${records} behind`] : [])),
      (error: Error) => [`the broker does not answer: ${error.message}`],
    );
    if (behind.join() !== before) deadline_ms = Date.now() + within_ms;
    before = behind.join();
    if (behind.length === 0 || Date.now() > deadline_ms) return behind;
    await sleep(POLL_MS, undefined, { signal });
  }
}
