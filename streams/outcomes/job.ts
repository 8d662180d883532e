import { ShopEvent } from '../../schemas/events.ts';
import { parseRecord } from '../../schemas/parse.ts';
import { RankedList } from '../../schemas/ranking.ts';
import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch } from '../kafka/bus.ts';
import { HeldCommits } from './held-commits.ts';
import { OutcomeJoin } from './join.ts';
import { PartitionTime } from './partition-time.ts';

const TICK_MS = 500;

/**
 * `rank.lists` and `shop.events` -> `rank.examples`. The job keeps no log of its state: it commits only what is older
 * than the longest window, and after a crash reads that window again. Examples that it sends a second time carry
 * a version, by which their table keeps the one that knows most.
 */
export async function startOutcomes({ config, bus, report }: JobContext): Promise<RunningJob> {
  const outbox = await bus.outbox({ allowed: JOBS.outcomes.writes });
  const windows = { label_ms: config.labelWindow_ms, purchase_ms: config.purchaseWindow_ms };
  const partitions = new Map<number, { join: OutcomeJoin; time: PartitionTime; held: HeldCommits }>();

  const emit = async (join: OutcomeJoin): Promise<void> => {
    const examples = join.due();
    await Promise.all(
      examples.map(example => outbox.publish('rank.examples', { key: example.user, value: JSON.stringify(example) })),
    );
    join.sent(examples);
    report.count('examples', examples.length);
    report.count(
      'rows',
      examples.reduce((sum, example) => sum + example.items.length, 0),
    );
  };

  const onBatch = async (batch: Batch): Promise<number | undefined> => {
    const { topic, partition, records } = batch;
    const { join, time, held } = partitions.get(partition)!;
    const wall_ms = Date.now();
    for (const { value, timestamp_ms } of records) {
      if (topic === 'rank.lists') {
        if (!value) continue;
        const list = RankedList.parse(JSON.parse(value.toString('utf8')));
        join.addList(list);
        time.saw(topic, list.at_ms, wall_ms);
        continue;
      }
      const parsed = parseRecord(ShopEvent, value, timestamp_ms);
      if (!parsed.ok) {
        report.count('refused');
        continue;
      }
      join.addEvent(parsed.value);
      time.saw(topic, parsed.value.at_ms, wall_ms);
    }
    join.advanceTo(time.now_ms(wall_ms));
    await batch.confirm();
    await emit(join);
    report.lag(topic, partition, batch.lag);
    report.gauge(
      'open_lists',
      [...partitions.values()].reduce((sum, { join }) => sum + join.openLists, 0),
    );
    return held.add(topic, records.at(-1)!.offset + 1, time.now_ms(wall_ms));
  };

  const consuming = await bus.consume({
    group: 'temper.outcomes',
    topics: JOBS.outcomes.reads,
    maxWait_ms: 250,
    minBytes: 256 * 1024,
    onBatch,
    async open(_topic, partition) {
      if (!partitions.has(partition)) {
        const time = new PartitionTime(JOBS.outcomes.reads, Date.now());
        partitions.set(partition, { join: new OutcomeJoin(windows), time, held: new HeldCommits(windows.purchase_ms) });
      }
      return undefined;
    },
    close: (_topic, partition) => partitions.delete(partition),
  });

  /** A partition without records closes its lists all the same. */
  const ticking = setInterval(() => {
    for (const { join, time } of partitions.values()) {
      join.advanceTo(time.now_ms(Date.now()));
      void emit(join).catch(() => {}); // what was not sent stays due
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
