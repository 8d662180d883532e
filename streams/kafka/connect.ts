import type { LoggerEntryContent } from 'kafkajs';
import { type Log, unquoted } from '../../schemas/log.ts';
import { type KafkaAccess, OPEN } from '../../schemas/settings/connections.ts';
import { asked } from './asked.ts';
import type { Bus } from './bus.ts';
import { startConsumer } from './consuming/consumer.ts';
import { startFollower } from './consuming/follower.ts';
import { moveGroup, type Operator, requireStopped } from './operator.ts';
import { createOutbox } from './sending/outbox.ts';
import { explainRefusal, requireTrusted, wayOf } from './sign-in.ts';
import { type KnownLogs, NOTE, readNote } from './topics/logs.ts';
import { cutRefused, settleTopics } from './topics/settings.ts';
import { recreateTopics, requirePartitions, toTopicConfig } from './topics/specs.ts';
import { Kafka, logLevel } from './wire/kafkajs.ts';
import { WAIT } from './wire/silence.ts';
import { topicIds } from './wire/topic-ids.ts';

/** What the broker says of a partition for which a group has committed nothing. */
const NOTHING = -1;

interface Connection {
  brokers: string[];
  /** Encrypted, and as whom; left out: neither. */
  access?: KafkaAccess;
  name: string;
  log: Log;
  /** A connection on which a request waits longer than this, without a byte, is made anew. */
  answer_ms?: number;
}

export function connect(options: Connection): Bus & { operator: Operator } {
  const { brokers, access = OPEN, name, log, answer_ms = WAIT.answer_ms } = options;
  const way = wayOf(access, answer_ms, broker =>
    log.warn({ code: 'KAFKA_SILENT', broker }, 'Kafka does not answer: connecting anew'),
  );
  const kafka = new Kafka({
    clientId: name,
    brokers,
    logLevel: logLevel.WARN,
    logCreator: () => entry => relog(log, entry.log.message, entry.log),
    retry: { initialRetryTime: 100, retries: 12, maxRetryTime: 5_000, multiplier: 1.7 },
    connectionTimeout: WAIT.connect_ms,
    requestTimeout: answer_ms,
    socketFactory: way.socketFactory,
    ...(way.ssl && { ssl: way.ssl }),
    ...(way.sasl && { sasl: way.sasl }),
  });
  const admin = kafka.admin();
  let adminReady: Promise<void> | undefined;
  const connected = () => {
    adminReady ??= requireTrusted(brokers, access)
      .then(() => admin.connect())
      .catch(error => {
        adminReady = undefined;
        throw explainRefusal(error, brokers, access);
      });
    return adminReady;
  };

  const bounds: Bus['bounds'] = async topic => {
    await connected();
    const offsets = await asked(() => admin.fetchTopicOffsets(topic));
    return new Map(offsets.map(o => [o.partition, { low: Number(o.low), high: Number(o.high) }]));
  };

  const offsetsAt: Bus['offsetsAt'] = async (topic, at_ms) => {
    await connected();
    const offsets = await asked(() => admin.fetchTopicOffsetsByTimestamp(topic, at_ms));
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  };

  const commitsOf = async (groupId: string, topic: string) => {
    await connected();
    const [offsets] = await asked(() => admin.fetchOffsets({ groupId, topics: [topic] }));
    return (offsets?.partitions ?? []).filter(({ offset }) => Number(offset) !== NOTHING);
  };
  const standing: Bus['committed'] = async (group, topic) =>
    new Map((await commitsOf(group, topic)).map(({ partition, offset }) => [partition, Number(offset)]));
  const logsOf = async (group: string): Promise<KnownLogs> =>
    readNote((await commitsOf(group, NOTE.topic)).find(({ partition }) => partition === NOTE.partition)?.metadata);

  const idsOf = (topics: readonly string[]) => topicIds(brokers, topics, way);

  const operator: Operator = {
    logsOf,
    standing,
    idsOf: async topics => new Map([...((await idsOf(topics)) ?? [])].flatMap(([t, id]) => (id ? [[t, id]] : []))),
    async requireStopped(groups) {
      await connected();
      await requireStopped(admin, groups);
    },
    async move(group, topic, offsets, logs) {
      await operator.requireStopped([group]);
      await moveGroup(kafka, group, topic, offsets, logs);
    },
    async recreate(specs) {
      const fresh = kafka.admin();
      await fresh.connect();
      try {
        await recreateTopics(fresh, specs);
        await requirePartitions(fresh, specs);
      } finally {
        await fresh.disconnect();
      }
    },
  };

  return {
    operator,
    async ensureTopics(specs) {
      await connected();
      const present = new Set(await admin.listTopics());
      const missing = specs.filter(spec => !present.has(spec.topic));
      if (missing.length > 0) await admin.createTopics({ waitForLeaders: false, topics: missing.map(toTopicConfig) });
      await requirePartitions(admin, specs);
      const before = specs.filter(spec => present.has(spec.topic));
      await settleTopics(admin, before, log);
      return missing.map(spec => spec.topic);
    },
    outbox: ({ linger_ms = 2, allowed } = {}) => createOutbox(kafka, linger_ms, allowed),
    consume: wanted => startConsumer(kafka, wanted, { bounds, committed: standing, logsOf, topicIds: idsOf, log }),
    follow: followOptions => startFollower(kafka, name, followOptions, bounds),
    bounds,
    offsetsAt,
    async trim(topic, partition, { offset, at_ms }) {
      const since = (await offsetsAt(topic, at_ms)).get(partition) ?? 0;
      const low = (await bounds(topic)).get(partition)?.low ?? 0;
      const to = Math.min(offset, since);
      if (to > low) await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(to) }] });
    },
    async cut(topic, partition, offset) {
      await connected();
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] }).catch(error => {
        throw cutRefused(topic, error) ?? error;
      });
    },
    committed: async (group, topic) => new Map([...(await standing(group, topic))].filter(([, offset]) => offset >= 0)),
    async isAtWork(group) {
      await connected();
      const { groups } = await asked(() => admin.describeGroups([group]));
      return groups.some(({ members }) => members.length > 0);
    },
    async stop() {
      if (adminReady) await admin.disconnect();
    },
  };
}

/** kafkajs warns of coordinators that load and rebalances that happen, though it deals with them itself. */
function relog(log: Log, message: string, detail: Said): void {
  const routine = /rebalanc|coordinator|not the leader|no longer|Connection error|Limiting retries/i;
  const { error, broker, groupId: group, retryCount: retry } = detail;
  const reason = error === undefined ? undefined : unquoted(String(error));
  const level = routine.test(`${message} ${error ?? ''}`) ? 'debug' : 'warn';
  log[level]({ code: 'KAFKA_CLIENT', broker, group, retry, reason }, unquoted(message));
}

/** Of what kafkajs says. */
type Said = { error?: unknown; broker?: string; groupId?: string; retryCount?: number } & LoggerEntryContent;
