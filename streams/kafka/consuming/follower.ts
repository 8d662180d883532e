import { randomUUID } from 'node:crypto';
import { setImmediate as others } from 'node:timers/promises';
import type { ConsumerRunConfig, Kafka } from 'kafkajs';
import { TemperError } from '../../../schemas/errors.ts';
import type { Bus, FollowOptions, Subscription } from '../bus.ts';
import { WAIT } from '../wire/silence.ts';
import { only } from './assigner.ts';
import { runConsumer } from './run-consumer.ts';
import { deferred, slotOf, splitSlot } from './slots.ts';

/**
 * A batch may have tens of thousands of records, such as a catalogue that comes anew: so long at once they hold the thread,
 * and for less where others are to come first.
 */
const TURN_MS = { usual: 5, resting: 1 };

/** Of a partition at once: kafkajs decodes all that a fetch brought in one go, and nobody gets a list meanwhile. */
const FETCHED_BYTES = { usual: 512 * 1024, resting: 64 * 1024 };

/** A reader outside of any shared group: it takes part in a group of its own, under a name that nobody uses again. */
export async function startFollower(
  kafka: Kafka,
  name: string,
  options: FollowOptions,
  bounds: Bus['bounds'],
): Promise<Subscription> {
  const chosen = (partition: number) => !options.partitions || options.partitions.includes(partition);
  const ends = new Map<string, { start: number; end: number }>();
  for (const topic of options.topics) {
    for (const [partition, { low, high }] of await bounds(topic)) {
      if (!chosen(partition)) continue;
      const start = options.fromEnd ? high : (options.from?.(topic, partition) ?? low);
      if (start < low || start > high) throw lost(`${topic}/${partition}`, { start, low, high });
      ends.set(slotOf(topic, partition), { start, end: high });
    }
  }
  const behind = new Set([...ends].filter(([, { start, end }]) => start < end).map(([slot]) => slot));
  const { promise: failed, resolve: fail } = deferred<Error>();
  if (options.once && behind.size === 0) return { failed, stop: async () => {} };

  const way = options.rest ? 'resting' : 'usual';
  let isStopped = false;
  const consumer = kafka.consumer({
    groupId: `${name}-${randomUUID()}`,
    partitionAssigners: [only(chosen)],
    maxWaitTimeInMs: options.maxWait_ms ?? 100,
    minBytes: options.minBytes ?? 1,
    maxBytesPerPartition: FETCHED_BYTES[way],
    heartbeatInterval: 1_000,
    rebalanceTimeout: WAIT.rebalance_ms,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, retries: 12, maxRetryTime: 5_000, restartOnFailure: async () => !isStopped },
  });
  const caughtUp = deferred<void>();
  if (behind.size === 0) caughtUp.resolve();
  const joined = deferred<void>();
  /** Where reading stands. The group commits nothing: after every join it goes on from here, and applies nothing twice. */
  const next = new Map<string, number>([...ends].map(([slot, { start }]) => [slot, start]));
  consumer.on(consumer.events.GROUP_JOIN, () => {
    for (const [slot, offset] of next) {
      const [topic, partition] = splitSlot(slot);
      consumer.seek({ topic, partition, offset: String(offset) });
    }
    joined.resolve();
  });

  await consumer.connect();
  await consumer.subscribe({ topics: [...options.topics], fromBeginning: !options.fromEnd });
  /** Of what applies and rests: reading on can't mend it. What a heartbeat throws only has the group joined again. */
  const giveUp = (error: unknown): never => {
    fail(error instanceof Error ? error : new Error(String(error)));
    throw error;
  };
  const pause = (worked_ms: number) => (options.rest ? options.rest(worked_ms).catch(giveUp) : others());
  const config: ConsumerRunConfig = {
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch: { topic, partition, messages }, resolveOffset, heartbeat }) => {
      const slot = slotOf(topic, partition);
      let turn = performance.now();
      for (const m of messages) {
        if (performance.now() - turn > TURN_MS[way]) {
          await pause(performance.now() - turn);
          await heartbeat(); // together the rests may be longer than the group's session
          turn = performance.now();
        }
        const offset = Number(m.offset);
        if (offset < (next.get(slot) ?? 0)) continue;
        const key = m.key?.toString('utf8') ?? null;
        try {
          options.apply(topic, partition, { key, value: m.value, offset, timestamp_ms: Number(m.timestamp) });
        } catch (error) {
          giveUp(error);
        }
        next.set(slot, offset + 1);
      }
      if (options.rest) await pause(performance.now() - turn);
      const last = messages.at(-1);
      if (last) resolveOffset(last.offset);
      // Before the heartbeat: where the group has to be joined again, behind the end no batch comes any more.
      if ((next.get(slot) ?? 0) >= (ends.get(slot)?.end ?? 0) && behind.delete(slot) && behind.size === 0)
        caughtUp.resolve();
      await heartbeat();
    },
  };
  const running = await runConsumer(consumer, config, options.topics, fail);
  const stop = async () => {
    isStopped = true;
    running.stop();
    await consumer.disconnect();
  };
  const beat = options.heartbeat && setInterval(() => void options.heartbeat?.().catch(() => {}), 1_000);
  try {
    await Promise.race([Promise.all([caughtUp.promise, joined.promise]), failed.then(error => Promise.reject(error))]);
  } catch (error) {
    // Nobody else can: the caller has no subscription yet. He is to have the reason at once: over a dead connection it takes long.
    void stop().catch(() => {});
    throw error;
  } finally {
    clearInterval(beat);
  }
  if (options.once) await stop();
  return { failed, stop };
}

/** The client alone would begin somewhere else, in silence. */
function lost(where: string, { start, low, high }: { start: number; low: number; high: number }): TemperError {
  return new TemperError('OFFSET_LOST', {
    where,
    expected: `a log that has offset ${start}`,
    got: `one from ${low} to ${high}`,
    next: 'Records were deleted before they were read, or the topic was made anew. Restore it, or delete what was made from it, so that it is made again',
  });
}
