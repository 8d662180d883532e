/**
 * kafkajs, with parts of ours in place of those in which most of its time went: how messages are laid out, checksummed and
 * read. Nothing else imports its functions, so that none of them is loaded before. Its version is pinned, and tests
 * hold our parts beside its own.
 */
import { createRequire } from 'node:module';
import { decodeBatch } from './fetched.ts';
import { FetchedBatch } from './fetched-batch.ts';
import { createRequest, groupMessagesPerPartition, produceRequest } from './produce.ts';

const require = createRequire(import.meta.url);

const OURS = {
  'consumer/batch.js': FetchedBatch,
  'producer/groupMessagesPerPartition.js': groupMessagesPerPartition,
  'protocol/recordBatch/v0/decoder.js': decodeBatch,
  'protocol/request.js': createRequest,
  'protocol/requests/produce/v3/request.js': produceRequest,
};
for (const [part, ours] of Object.entries(OURS)) {
  const path = `kafkajs/src/${part}`;
  require(path);
  require.cache[require.resolve(path)]!.exports = ours;
}

export const { AssignerProtocol, ConfigResourceTypes, ConfigSource, Kafka, Partitioners, logLevel } =
  require('kafkajs') as typeof import('kafkajs');
