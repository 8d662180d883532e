import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** A topic to read from its start until so many records have come. */
export interface Reading {
  brokers: string[];
  topic: string;
  records: number;
  take(value: Buffer): void;
}
export type Read = (reading: Reading) => Promise<void>;

/** As much of a partition at once as Temper's followers fetch. */
const FETCHED_BYTES = 512 * 1024;

/** By name: what loads a client, from a directory where it is no dependency of ours. Of kafkajs a process loads one alone. */
export const CLIENTS = {
  kafkajs: async () => readByKafkajs(await import('kafkajs')),
  'kafkajs with our parts': async () => readByKafkajs(await import('../../streams/kafka/wire/kafkajs.ts')),
  '@platformatic/kafka': async (directory?: string) => {
    const require = createRequire(path.join(directory!, 'package.json'));
    return readByPlatformatic(await import(pathToFileURL(require.resolve('@platformatic/kafka')).href));
  },
} satisfies Record<string, (directory?: string) => Promise<Read>>;
export type Client = keyof typeof CLIENTS;

function readByKafkajs({ Kafka, logLevel }: Pick<typeof import('kafkajs'), 'Kafka' | 'logLevel'>): Read {
  return async ({ brokers, topic, records, take }) => {
    const kafka = new Kafka({ clientId: 'bench-parse', brokers, logLevel: logLevel.ERROR });
    const consumer = kafka.consumer({ groupId: `bench-parse-${Date.now()}`, maxBytesPerPartition: FETCHED_BYTES });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    let seen = 0;
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const eachBatch = async ({ batch: { messages } }: { batch: { messages: { value: Buffer | null }[] } }) => {
        for (const { value } of messages) take(value!);
        seen += messages.length;
        if (seen >= records) resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
    await consumer.disconnect();
  };
}

/** What is used of it. */
interface Platformatic {
  Consumer: new (
    options: object,
  ) => {
    consume(options: object): Promise<NodeJS.ReadableStream & { close(): Promise<void> }>;
    close(force: boolean): Promise<void>;
  };
}

function readByPlatformatic({ Consumer }: Platformatic): Read {
  return async ({ brokers, topic, records, take }) => {
    const consumer = new Consumer({
      ...{ clientId: 'bench-parse', groupId: `bench-parse-${Date.now()}`, bootstrapBrokers: brokers },
      ...{ autocommit: false, maxBytesPerPartition: FETCHED_BYTES },
    });
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
    let seen = 0;
    await new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', ({ value }: { value: Buffer }) => {
        take(value);
        if (++seen === records) resolve();
      });
    });
    await stream.close();
    await consumer.close(true);
  };
}
