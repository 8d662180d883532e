import type { Store } from '../../schemas/clickhouse.ts';
import { logStart } from '../features/log/replica.ts';
import { readSnapshotHead, type SnapshotHead } from '../features/log/snapshot.ts';
import type { JobName, TopicName } from '../graph.ts';
import type { Bus } from '../kafka/bus.ts';
import type { Operator } from '../kafka/operator.ts';
import type { KnownLogs } from '../kafka/topics/logs.ts';
import { standing } from '../sinks/standing.ts';
import { type Place, placeOf } from './place.ts';
import { FEATURES, READERS, type Reader } from './readers.ts';

/** A reader and the log of one partition. */
export interface Standing extends Place {
  job: JobName;
  group: string;
  topic: TopicName;
  partition: number;
  low: number;
  high: number;
  misses: string;
  remembers: boolean;
}

export interface Services {
  bus: Bus & { operator: Operator };
  store(): Promise<Store>;
}

/** Where all that keep a place stand, or one job of them. */
export async function standings(services: Services, job?: JobName): Promise<Standing[]> {
  const readers = READERS.filter(reader => job === undefined || reader.job === job);
  const all = await Promise.all(readers.map(reader => standingsOf(services, reader)));
  return job === undefined || job === 'features' ? [...all.flat(), ...(await featureLogs(services))] : all.flat();
}

async function standingsOf({ bus, store }: Services, reader: Reader): Promise<Standing[]> {
  const { job, group, topics, misses, remembers } = reader;
  const known = await bus.operator.logsOf(group);
  const ids = await bus.operator.idsOf(topics);
  const found: Standing[] = [];
  for (const topic of topics) {
    const committed = job === 'sinks' ? undefined : await bus.operator.standing(group, topic);
    for (const [partition, { low, high }] of await boundsOf(bus, topic)) {
      const own = job === 'sinks' ? await standing(await store(), topic, partition) : undefined;
      const place = placeOf(topic, { known, id: ids.get(topic), low, high, committed: committed?.get(partition), own });
      found.push({ job, group, topic, partition, low, high, misses, remembers, ...place });
    }
  }
  return found;
}

/** The features' own logs: read from where the least of their snapshots says. */
async function featureLogs({ bus }: Services): Promise<Standing[]> {
  const { group, misses } = FEATURES;
  const known = await bus.operator.logsOf(group);
  const ids = await bus.operator.idsOf(FEATURES.topics);
  const found: Standing[] = [];
  for (const [topic, snapshots] of [
    ['features.user.log', 'features.user.snapshots'],
    ['features.item.log', 'features.item.snapshots'],
  ] as const) {
    const heads = await headsIn(bus, snapshots);
    for (const [partition, { low, high }] of await boundsOf(bus, topic)) {
      const own = logStart([...(heads.get(partition)?.values() ?? [])]);
      const noted: KnownLogs = topic === FEATURES.topic ? known : {};
      const place = placeOf(topic, { known: noted, id: ids.get(topic), low, high, committed: undefined, own });
      found.push({ job: 'features', group, topic, partition, low, high, misses, remembers: false, ...place });
    }
  }
  return found;
}

/** By partition and bucket, the head of the newest snapshot. */
async function headsIn(bus: Bus, topic: TopicName): Promise<Map<number, Map<number, SnapshotHead>>> {
  const heads = new Map<number, Map<number, SnapshotHead>>();
  await bus.follow({
    topics: [topic],
    once: true,
    apply: (_topic, partition, { value }) => {
      if (!value) return;
      const head = readSnapshotHead(value);
      const of = heads.get(partition) ?? new Map<number, SnapshotHead>();
      heads.set(partition, of.set(head.bucket, head));
    },
  });
  return heads;
}

async function boundsOf(bus: Bus, topic: TopicName) {
  return [...(await bus.bounds(topic))].sort(([a], [b]) => a - b);
}
