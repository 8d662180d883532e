import { readConfig } from '../../schemas/settings/config.ts';
import { cpuOf } from '../features/cpu.ts';
import { CLIENTS, type Client } from './clients.ts';

/** What the process is asked for. */
export interface WantedParse {
  topic: string;
  /** On the topic. */
  events: number;
  client: Client;
  /** Where the client is installed, if it is no dependency of ours. */
  directory?: string;
}

/** A process that reads a topic with a client of Kafka, parses each value, and tells how many seconds of CPU that took. */
process.once('message', async ({ topic, events, client, directory }: WantedParse) => {
  const read = await CLIENTS[client](directory);
  const take = (value: Buffer) => JSON.parse(value.toString('utf8'));
  const seconds = await cpuOf(() => read({ brokers: readConfig().kafka!, topic, records: events, take }));
  process.send!(seconds);
  process.disconnect();
});
