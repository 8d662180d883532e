import path from 'node:path';
import { parseRecord } from '../../schemas/parse.ts';
import { RankRequest } from '../../schemas/ranking.ts';
import { promotionIn } from '../champions.ts';
import { deadLetterOf, sendDeadLetters } from '../dead-letters.ts';
import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch } from '../kafka/bus.ts';
import { answer } from './answer.ts';
import { Champion } from './champion.ts';
import { loadRanker } from './load.ts';
import { Memory } from './memory.ts';

const REQUEST_BYTES = 256 * 1024;

/** `rank.requests` -> `rank.lists`, with features and models from compacted topics in memory. */
export async function startScorer({ config, bus, report, log }: JobContext): Promise<RunningJob> {
  const outbox = await bus.outbox({ allowed: JOBS.scorer.writes, linger_ms: 0 });
  const memory = new Memory();
  const root = path.join(config.dataDir, 'models');
  const champion = new Champion(promotion => loadRanker(root, promotion, config), report, log);

  /** Freshness is measured on live traffic only: what is read while catching up is old by nature. */
  let live = false;
  const following = await bus.follow({
    topics: JOBS.scorer.follows,
    maxWait_ms: 20,
    minBytes: 64 * 1024,
    apply: (topic, _partition, record) => {
      if (topic === 'models') {
        // One scorer serves the champion of `home` on every surface until the others have champions of their own.
        const promotion = promotionIn(record);
        if (promotion?.surface === 'home') void champion.take(promotion);
        return;
      }
      const user = memory.apply(topic, record);
      if (user && live) report.time('click_to_feature', Date.now() - user.event_ms);
    },
  });

  live = true;
  await champion.settled();

  const onBatch = async (batch: Batch): Promise<number> => {
    const { topic, partition, records } = batch;
    await batch.confirm();
    const sent: Promise<void>[] = [];
    for (const record of records) {
      const parsed = parseRecord(RankRequest, record.value, record.timestamp_ms, REQUEST_BYTES);
      if (!parsed.ok) {
        report.count('dead_letters');
        sent.push(sendDeadLetters(outbox, [deadLetterOf(topic, partition, record, parsed.refusal)]));
        continue;
      }
      const request = parsed.value;
      const list = await answer(request, memory, champion, config, Date.now() - record.timestamp_ms);
      report.count('lists');
      report.count(`lists.${list.arm}`);
      sent.push(
        outbox.publish('rank.lists', { key: request.user, value: JSON.stringify(list) }).then(() => {
          report.time('list', Date.now() - record.timestamp_ms);
        }),
      );
    }
    await Promise.all(sent);
    report.lag(topic, partition, batch.lag);
    report.gauge('users', memory.users.size);
    report.gauge('products', memory.products.size);
    return records.at(-1)!.offset + 1;
  };

  const consuming = await bus.consume({ group: 'temper.scorer', topics: JOBS.scorer.reads, maxWait_ms: 20, onBatch });
  const reporting = report.publishTo(outbox);
  return {
    failed: Promise.race([consuming.failed, following.failed]),
    async stop() {
      await consuming.stop();
      await following.stop();
      await champion.stop();
      await reporting.stop();
      await outbox.stop();
    },
  };
}
