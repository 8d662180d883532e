/**
 * One request of our own to a broker. It uses parts of kafkajs that kafkajs does not export, so that it is encrypted and
 * signed in just as its clients are; the version is pinned, and a test asks brokers of all kinds.
 */
import { createRequire } from 'node:module';
import type { ISocketFactory, KafkaConfig, SASLOptions } from 'kafkajs';

/** How connections to a cluster are made. */
export interface Way {
  /** Null: in the clear. */
  ssl: NonNullable<KafkaConfig['ssl']> | null;
  /** Null: without a user. */
  sasl: SASLOptions | null;
  socketFactory: ISocketFactory;
}

export interface Request {
  apiKey: number;
  apiVersion: number;
  apiName: string;
  /** All that stands behind the client's name, in its header too. */
  body: Buffer;
}

interface Pool {
  send(exchange: { request: object; response: object }): Promise<Buffer>;
}
interface Broker {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

const require = createRequire(import.meta.url);
const none = () => {};
const logger = { namespace: (): unknown => logger, debug: none, info: none, warn: none, error: none };

/** @returns what the broker answers, behind the correlation id */
export async function askBroker(address: string, way: Way, within_ms: number, request: Request): Promise<Buffer> {
  const ConnectionPool = require('kafkajs/src/network/connectionPool.js') as new (options: object) => Pool;
  const SeedBroker = require('kafkajs/src/broker/index.js') as new (options: object) => Broker;
  const at = address.lastIndexOf(':');
  const connectionPool = new ConnectionPool({
    ...way,
    host: address.slice(0, at),
    port: Number(address.slice(at + 1)),
    clientId: 'temper',
    connectionTimeout: within_ms,
    requestTimeout: within_ms,
    logger,
  });
  const broker = new SeedBroker({ connectionPool, logger });
  try {
    await broker.connect();
    const encode = async () => ({ buf: request.body, buffer: request.body });
    const same = async (payload: Buffer) => payload;
    return await connectionPool.send({ request: { ...request, encode }, response: { decode: same, parse: same } });
  } finally {
    await broker.disconnect();
  }
}
