import { Kafka, logLevel } from 'kafkajs';
import { readConfig } from '../../schemas/settings/config.ts';
import { cpuOf } from './cpu.ts';

/** What the process is asked for. */
export interface WantedParse {
  topic: string;
  /** On the topic. */
  events: number;
}

/** As much of a partition at once as Temper's followers fetch. */
const FETCHED_BYTES = 512 * 1024;

/** A process that reads a topic with kafkajs as it is published, parses each value, and tells how many seconds of CPU that took. */
process.once('message', async ({ topic, events }: WantedParse) => {
  const kafka = new Kafka({ clientId: 'bench-parse', brokers: readConfig().kafka!, logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: `bench-parse-${Date.now()}`, maxBytesPerPartition: FETCHED_BYTES });
  const seconds = await cpuOf(async () => {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    let seen = 0;
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const eachBatch = async ({ batch: { messages } }: { batch: { messages: { value: Buffer | null }[] } }) => {
        for (const { value } of messages) JSON.parse(value!.toString('utf8'));
        seen += messages.length;
        if (seen >= events) resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
    await consumer.disconnect();
  });
  process.send!(seconds);
  process.disconnect();
});
