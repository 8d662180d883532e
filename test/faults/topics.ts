import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { Config } from '../../schemas/config.ts';
import { createLog } from '../../schemas/log.ts';
import { topicSpecs } from '../../streams/graph.ts';
import { connect } from '../../streams/kafka/connect.ts';
import type { Stack } from './stack.ts';

/** What no part of the product does to its topics, and an operator or a retention may. */
export interface Topics {
  remove(topic: string): Promise<void>;
  /** Removes it and makes it anew, empty. */
  remake(topic: string): Promise<void>;
  /** As a short retention does: all but the last `kept` records of each partition are gone. */
  expire(topic: string, kept: number): Promise<void>;
}

const REMAKE = { tries: 60, pause_ms: 250 };

export function topicsOf({ bus, config }: Stack): Topics {
  const remove = (topic: string) => administer(config, admin => admin.deleteTopics({ topics: [topic] }));
  return {
    remove,
    async remake(topic) {
      await remove(topic);
      // kafkajs asks for what it once knew: a client that knew the topic can't make it again.
      const operator = connect({ brokers: config.kafka!, name: 'operator', log: createLog('operator', 'silent') });
      try {
        for (let tries = 0; !(await operator.ensureTopics(topicSpecs(config))).includes(topic); tries++) {
          if (tries === REMAKE.tries) throw new Error(`${topic} was not removed`);
          await sleep(REMAKE.pause_ms);
        }
      } finally {
        await operator.stop();
      }
    },
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
