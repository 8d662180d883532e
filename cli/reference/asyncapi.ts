import { z } from 'zod';
import { readConfig } from '../../schemas/settings/config.ts';
import { JOBS, TOPICS, type Topic, type TopicName, topicSpecs } from '../../streams/graph.ts';

/** A schema of JSON as zod makes it: https://json-schema.org/draft-07 */
export interface JsonSchema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  default?: unknown;
  [keyword: string]: unknown;
}

/** A message of a topic: what may stand in a record's value. */
export interface TopicMessage {
  name: string;
  schema: JsonSchema;
}

/** Schemas that allow one of several kinds, all of them told by one field, are a message a kind. */
const TOLD_BY = ['type', 'part', 'role'] as const;

/** What may stand in the values of a topic, as a shop has to write it; none for topics of packed bytes. */
export function messagesOf(topic: TopicName): TopicMessage[] {
  const declared: Topic = TOPICS[topic];
  if (!('schema' in declared)) return [];
  const { $schema: _, ...schema } = z.toJSONSchema(declared.schema, { io: 'input', target: 'draft-7' }) as JsonSchema;
  const all = schema.oneOf ?? schema.anyOf ?? [];
  const kinds = all
    .map(kind => ({ name: TOLD_BY.map(field => kind.properties?.[field]?.const).find(Boolean), schema: kind }))
    .filter((kind): kind is TopicMessage => typeof kind.name === 'string');
  const isTold = kinds.length === all.length && new Set(kinds.map(({ name }) => name)).size > 1;
  return isTold ? kinds : [{ name: topic.replace(/^\w+\./, ''), schema }];
}

/**
 * The topics and who reads and writes them as an AsyncAPI document, from the schemas and the job graph.
 * https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export function asyncapi(version: string): object {
  const topics = Object.keys(TOPICS) as TopicName[];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Temper',
      version,
      description:
        'Events of a shop in, ranked lists out. A shop writes shop.catalogue, shop.events, rank.requests and shop.campaigns, and reads rank.lists and support.answers; the other topics are inner ones. Records are partitioned by the murmur2 of their keys, as Java does it.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(topics.map(topic => [topic, channel(topic)])),
    operations: Object.fromEntries(operations()),
    components: { messages: Object.fromEntries(topics.flatMap(topic => Object.entries(messages(topic)))) },
  };
}

function channel(topic: TopicName): object {
  const { key, limit_bytes }: Topic = TOPICS[topic];
  const { config, replication: replicas, partitions } = SPECS.get(topic)!;
  const retention_ms = config['retention.ms'];
  return {
    address: topic,
    description: `Keyed by ${key}; ${keeping(topic)}. A value of more than ${limit_bytes} bytes is refused.`,
    messages: Object.fromEntries(Object.keys(messages(topic)).map(id => [id, { $ref: `#/components/messages/${id}` }])),
    bindings: {
      kafka: {
        topic,
        partitions,
        replicas,
        topicConfiguration: {
          'cleanup.policy': config['cleanup.policy']!.split(','),
          ...(retention_ms !== undefined && { 'retention.ms': Number(retention_ms) }),
          'max.message.bytes': Number(config['max.message.bytes']),
        },
        bindingVersion: '0.5.0',
      },
    },
  };
}

/** By the defaults of the configuration. */
export const SPECS = new Map(topicSpecs(readConfig({}, {})).map(spec => [spec.topic, spec]));

/** How long a topic's records stay, in words. */
export function keeping(topic: TopicName): string {
  const { keep }: Topic = TOPICS[topic];
  if (keep === 'until in snapshots') return 'kept until it is in all snapshots';
  if (typeof keep === 'string') return 'the newest record of each key is kept; one without a value withdraws it';
  if ('days' in keep) return `kept for ${days(keep.days)}`;
  return `the newest record of each key is kept for ${days(keep.compacted_days)}`;
}

const days = (count: number) => (count === 1 ? 'a day' : `${count} days`);

function messages(topic: TopicName): Record<string, object> {
  const key = { type: 'string', description: `the ${TOPICS[topic].key}`, minLength: 1 };
  const bindings = { kafka: { key, bindingVersion: '0.5.0' } };
  const kinds = messagesOf(topic);
  if (kinds.length === 0) {
    const payload = { type: 'string', format: 'binary', description: 'packed; it may change with each version' };
    return { [topic]: { name: topic, contentType: 'application/octet-stream', bindings, payload } };
  }
  return Object.fromEntries(
    kinds.map(({ name, schema }) => {
      const id = kinds.length === 1 ? topic : `${topic}.${name}`;
      return [id, { name: id, title: name, contentType: 'application/json', bindings, payload: schema }];
    }),
  );
}

function operations(): [string, object][] {
  return Object.entries(JOBS).flatMap(([job, { does, reads, follows, writes }]) => {
    const one =
      (verb: string, action: 'send' | 'receive', how: string) =>
      (topic: string): [string, object] => [
        `${job}.${verb}.${topic}`,
        { action, channel: { $ref: `#/channels/${topic}` }, summary: `${job} (${does}) ${how}` },
      ];
    return [
      ...reads.map(one('reads', 'receive', 'reads it, each partition by one process')),
      ...follows.map(one('follows', 'receive', 'holds it in memory, each process all of it')),
      ...writes.map(one('writes', 'send', 'writes it')),
    ];
  });
}
