import { ShopEvent } from '../../schemas/events.ts';
import { parseRecord } from '../../schemas/parse.ts';
import { RankedList } from '../../schemas/ranking.ts';
import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch } from '../kafka/bus.ts';
import { HeldCommits } from './held-commits.ts';
import { OutcomeJoin } from './join.ts';

const TICK_MS = 500;

/**
 * `rank.lists` and `shop.events` -> `rank.examples`. The job keeps no log of its state: it commits only what is older
 * than the longest window, and after a crash reads that window again. Examples that it sends a second time carry
 * a version, by which their table keeps the one that knows most.
 */
export async function startOutcomes({ config, bus, report }: JobContext): Promise<RunningJob> {
  const outbox = await bus.outbox({ allowed: JOBS.outcomes.writes });
  const windows = { label_ms: config.labelWindow_ms, purchase_ms: config.purchaseWindow_ms };
  const partitions = new Map<number, { join: OutcomeJoin; held: HeldCommits; quiet: boolean }>();

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
    const state = partitions.get(partition)!;
    state.quiet = false;
    for (const { value, timestamp_ms } of records) {
      if (topic === 'rank.lists') {
        if (value) state.join.addList(RankedList.parse(JSON.parse(value.toString('utf8'))));
        continue;
      }
      const parsed = parseRecord(ShopEvent, value, timestamp_ms);
      if (parsed.ok) state.join.addEvent(parsed.value);
      else report.count('refused');
    }
    await batch.confirm();
    await emit(state.join);
    report.lag(topic, partition, batch.lag);
    report.gauge(
      'open_lists',
      [...partitions.values()].reduce((sum, { join }) => sum + join.openLists, 0),
    );
    return state.held.add(topic, records.at(-1)!.offset + 1, state.join.now_ms);
  };

  const consuming = await bus.consume({
    group: 'temper.outcomes',
    topics: JOBS.outcomes.reads,
    maxWait_ms: 100,
    onBatch,
    async open(_topic, partition) {
      if (!partitions.has(partition)) {
        const held = new HeldCommits(windows.purchase_ms);
        partitions.set(partition, { join: new OutcomeJoin(windows), held, quiet: false });
      }
      return undefined;
    },
    close: (_topic, partition) => partitions.delete(partition),
  });

  /** A partition without records lives on by the clock on the wall. */
  const ticking = setInterval(() => {
    for (const state of partitions.values()) {
      if (state.quiet) state.join.advance(TICK_MS);
      state.quiet = true;
      void emit(state.join).catch(() => {}); // what was not sent stays due
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
