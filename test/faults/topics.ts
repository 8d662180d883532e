import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { Config } from '../../schemas/settings/config.ts';
import { topicSpecs } from '../../streams/graph.ts';
import type { Stack } from './stack.ts';

/** What no part of the product does to its topics, and an operator or a retention may. */
export interface Topics {
  remove(topic: string): Promise<void>;
  /** Removes it and makes it anew, empty. */
  remake(topic: string): Promise<void>;
  /** As a short retention does: all but the last `kept` records of each partition are gone. */
  expire(topic: string, kept: number): Promise<void>;
}

export function topicsOf({ bus, config }: Stack): Topics {
  const remove = (topic: string) => administer(config, admin => admin.deleteTopics({ topics: [topic] }));
  return {
    remove,
    remake: topic => bus.operator.recreate(topicSpecs(config).filter(spec => spec.topic === topic)),
    async expire(topic, kept) {
      const ends = [...(await bus.bounds(topic))];
      const partitions = ends.map(([partition, { high }]) => ({ partition, offset: String(Math.max(0, high - kept)) }));
      await administer(config, async admin => {
        await admin.fetchTopicOffsets(topic); // or kafkajs knows no leader
        await admin.deleteTopicRecords({ topic, partitions });
      });
    },
  };
}

async function administer(config: Config, work: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = new Kafka({ clientId: 'operator', brokers: config.kafka!, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}
