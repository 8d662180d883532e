import { admit } from '../admit.ts';
import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, StreamRecord } from '../kafka/bus.ts';
import { HeldCommits } from './held-commits.ts';
import { OutcomeJoin, type Windows } from './join.ts';
import { PartitionTime } from './partition-time.ts';

const TICK_MS = 500;

/**
 * `rank.lists` and `shop.events` -> `rank.examples` and `ads.claims`. The job keeps no log of its state: it commits only
 * what is older than the longest window, and after a crash reads that window again. Examples that it sends a second time
 * carry a version, by which their table keeps the one that knows most; claims an id, by which they are charged once.
 */
export async function startOutcomes({ config, bus, report }: JobContext): Promise<RunningJob> {
  const outbox = await bus.outbox({ allowed: JOBS.outcomes.writes });
  const windows = { label_ms: config.labelWindow_ms, purchase_ms: config.purchaseWindow_ms };
  const partitions = new Map<number, Partition>();

  /** One emission of a partition at a time: what is on its way must not be sent again beside it. */
  const emit = (partition: Partition): Promise<void> => {
    const next = partition.emitting.catch(() => {}).then(() => emitDue(partition.join));
    partition.emitting = next;
    return next;
  };
  const emitDue = async (join: OutcomeJoin): Promise<void> => {
    const examples = join.due();
    const claims = join.claims();
    await Promise.all([
      ...examples.map(example => {
        const { list: traceparent, events: causes = [] } = join.tracesOf(example.list) ?? {};
        return outbox.publish('rank.examples', {
          ...{ key: example.user, value: JSON.stringify(example), traceparent, causes },
        });
      }),
      ...claims.map(claim => outbox.publish('ads.claims', { key: claim.campaign, value: JSON.stringify(claim) })),
    ]);
    join.sent(examples);
    join.claimed(claims);
    report.count('claims', claims.length);
    report.count('examples', examples.length);
    report.count(
      'rows',
      sum(examples, example => example.items.length),
    );
  };

  const onBatch = async (batch: Batch): Promise<number | undefined> => {
    const { topic, records } = batch;
    const partition = partitions.get(batch.partition)!;
    const { join, time, held } = partition;
    const wall_ms = Date.now();
    for (const record of records) {
      const at_ms = take(join, topic, record);
      if (at_ms === undefined) report.count('refused');
      else time.saw(topic, at_ms, wall_ms);
    }
    join.advanceTo(time.now_ms(wall_ms));
    await batch.confirm();
    await emit(partition);
    report.took(batch);
    report.gauge(
      'open_lists',
      sum([...partitions.values()], ({ join }) => join.openLists),
    );
    return held.add(topic, { first: records[0]!.offset, next: records.at(-1)!.offset + 1 }, time.now_ms(wall_ms));
  };

  const consuming = await bus.consume({
    group: 'temper.outcomes',
    topics: JOBS.outcomes.reads,
    maxWait_ms: 250,
    minBytes: 256 * 1024,
    onBatch,
    async open(topic, number) {
      const partition = partitions.get(number) ?? newPartition(windows);
      partitions.set(number, partition);
      partition.topics.add(topic);
      return undefined;
    },
    ripe: (topic, number) => {
      const partition = partitions.get(number);
      return partition?.held.ripe(topic, partition.time.now_ms(Date.now()));
    },
    // After an error one topic is read again; the state that it shares with the other takes everything twice without harm.
    close(topic, number) {
      const topics = partitions.get(number)?.topics;
      topics?.delete(topic);
      if (topics?.size === 0) partitions.delete(number);
    },
  });

  /** A partition without records closes its lists all the same. */
  const ticking = setInterval(() => {
    for (const partition of partitions.values()) {
      partition.join.advanceTo(partition.time.now_ms(Date.now()));
      void emit(partition).catch(() => {}); // what was not sent stays due
    }
  }, TICK_MS);
  const reporting = report.publishTo(outbox);
  return {
    failed: consuming.failed,
    async stop() {
      clearInterval(ticking);
      await consuming.stop();
      await reporting.stop();
      await outbox.stop();
    },
  };
}

interface Partition {
  join: OutcomeJoin;
  time: PartitionTime;
  held: HeldCommits;
  /** The topics that feed it and are open. */
  topics: Set<string>;
  emitting: Promise<void>;
}

function newPartition(windows: Windows): Partition {
  return {
    join: new OutcomeJoin(windows),
    time: new PartitionTime(JOBS.outcomes.reads, Date.now()),
    held: new HeldCommits(windows.purchase_ms),
    topics: new Set(),
    emitting: Promise.resolve(),
  };
}

/** A list or an event into the join; gives its time, or nothing where it is refused. */
function take(join: OutcomeJoin, topic: string, record: StreamRecord): number | undefined {
  if (topic === 'rank.lists') {
    const list = admit('rank.lists', record);
    if (list.ok) join.addList(list.value, record.traceparent);
    return list.ok ? list.value.at_ms : undefined;
  }
  const event = admit('shop.events', record);
  if (event.ok) join.addEvent(event.value, record.traceparent);
  return event.ok ? event.value.at_ms : undefined;
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
