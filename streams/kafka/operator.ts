import type { Admin, Kafka } from 'kafkajs';
import { TemperError } from '../../schemas/errors.ts';
import type { TopicSpec } from './bus.ts';
import { coPartitioned } from './consuming/assigner.ts';
import { deferred } from './consuming/slots.ts';
import { type KnownLogs, noteOf } from './topics/logs.ts';

/** What nobody does but an operator: a job finds its place by itself, or stops. */
export interface Operator {
  logsOf(group: string): Promise<KnownLogs>;
  /** Ids by topic, as far as the broker tells them. */
  idsOf(topics: readonly string[]): Promise<Map<string, string>>;
  /** Kafka's offsets by partition; below 0: a mark of the client. */
  standing(group: string, topic: string): Promise<Map<number, number>>;
  /** @throws INPUT_INVALID where a process of the group runs */
  requireStopped(groups: readonly string[]): Promise<void>;
  /** Puts a stopped group there, and has it know these logs. */
  move(group: string, topic: string, offsets: ReadonlyMap<number, number>, logs: KnownLogs): Promise<void>;
  /** Deletes topics and makes them anew, empty. */
  recreate(specs: readonly TopicSpec[]): Promise<void>;
}

export async function requireStopped(admin: Admin, groups: readonly string[]): Promise<void> {
  const described = await admin.describeGroups([...groups]);
  const running = described.groups.filter(({ members }) => members.length > 0);
  if (running.length === 0) return;
  throw new TemperError('INPUT_INVALID', {
    where: running.map(({ groupId }) => groupId).join(', '),
    expected: 'no process of the group',
    got: `${running.reduce((sum, { members }) => sum + members.length, 0)}`,
    next: 'Stop the job first. One that was killed is gone for Kafka ten seconds later',
  });
}

/** As a member that reads nothing: an empty group lets nobody else commit. */
export async function moveGroup(
  kafka: Kafka,
  group: string,
  topic: string,
  offsets: ReadonlyMap<number, number>,
  logs: KnownLogs,
): Promise<void> {
  const consumer = kafka.consumer({
    groupId: group,
    partitionAssigners: [coPartitioned],
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
  });
  const joined = deferred<void>();
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const running = consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => {} });
    consumer.pause([{ topic }]); // or kafkajs would mend a place outside of the log in its own way
    await running;
    await joined.promise;
    const commits = [...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }));
    await consumer.commitOffsets([...commits, noteOf(logs)]);
  } finally {
    await consumer.disconnect();
  }
}
