import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';
import { TemperError } from '../../../schemas/errors.ts';
import type { TopicSpec } from '../bus.ts';

const LEADERS = { tries: 60, pause_ms: 250 };
const RECREATE = { tries: 120, pause_ms: 250 };

export function toTopicConfig({ topic, partitions, replication, config }: TopicSpec): ITopicConfig {
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  return { topic, numPartitions: partitions, replicationFactor: replication, configEntries };
}

/**
 * Waits until every partition has a leader: a broker answers for a new topic only some moments after its creation.
 * A topic with another number of partitions is refused, since what has the same key would no longer meet.
 */
export async function requirePartitions(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(spec => spec.topic) });
      for (const spec of specs) {
        const found = topics.find(topic => topic.name === spec.topic)?.partitions ?? [];
        if (found.length !== spec.partitions && found.length > 0) {
          throw new TemperError('CONFIG_INVALID', {
            where: `topic ${spec.topic}`,
            expected: `${spec.partitions} partitions`,
            got: `${found.length}`,
            next: 'Set TEMPER_PARTITIONS to what the topics keyed by user and item have; it must not change afterwards',
          });
        }
        await admin.fetchTopicOffsets(spec.topic);
      }
      return;
    } catch (cause) {
      if (cause instanceof TemperError) throw cause;
      if (tries === LEADERS.tries) throw new TemperError('UNREACHABLE', { where: 'leaders of the topics', cause });
      await sleep(LEADERS.pause_ms);
    }
  }
}

/** @param fresh has never asked for these topics: kafkajs would go on asking for what it once knew */
export async function recreateTopics(fresh: Admin, specs: readonly TopicSpec[]): Promise<void> {
  await fresh.deleteTopics({ topics: specs.map(({ topic }) => topic) });
  for (const spec of specs) {
    for (let tries = 1; ; tries++) {
      if (await fresh.createTopics({ waitForLeaders: false, topics: [toTopicConfig(spec)] })) break; // false: it is still there
      if (tries === RECREATE.tries) throw new TemperError('TIMED_OUT', { where: `the deletion of ${spec.topic}` });
      await sleep(RECREATE.pause_ms);
    }
  }
}
