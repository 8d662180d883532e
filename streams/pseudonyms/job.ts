import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../schemas/limits.ts';
import { admit } from '../admit.ts';
import { sendDeadLetters } from '../dead-letters.ts';
import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Message, StreamRecord } from '../kafka/bus.ts';
import { Asked } from './asked.ts';
import { pseudonymsOf } from './keys.ts';
import { isRaw, renamed, returned } from './names.ts';

/** How long a list may be on its way: for older requests nobody waits. */
const WAITED_MS = 20 * LIMITS.request_patience_ms;
/** A list that nobody asked for here, such as those in answers, is waited for in vain. */
const HEARING = { tries: 5, pause_ms: 50 };

/**
 * `raw.events` -> `shop.events` and `raw.requests` -> `rank.requests`, with a keyed hash in place of the user, which is the key
 * too; and `rank.lists` -> `raw.lists`, back under the user who asked. So the shop's own ids stand in the raw topics alone. What
 * is sent again after a crash has the id that it had, by which it is known.
 */
export async function startPseudonyms({ config, bus, report }: JobContext): Promise<RunningJob> {
  const pseudonyms = pseudonymsOf(config);
  const outbox = await bus.outbox({ allowed: JOBS.pseudonyms.writes, linger_ms: 0 });
  const asked = new Asked();
  const note = (record: StreamRecord) => {
    const request = admit('raw.requests', record);
    if (request.ok) asked.note(request.value.id, request.value.user);
  };
  const since = await bus.offsetsAt('raw.requests', Date.now() - WAITED_MS);
  const following = await bus.follow({
    topics: ['raw.requests'],
    from: (_topic, partition) => since.get(partition),
    maxWait_ms: 10,
    apply: (_topic, _partition, record) => note(record),
  });

  const onBatch = async (batch: Batch): Promise<number> => {
    const { topic, partition, records } = batch;
    await batch.confirm();
    if (isRaw(topic)) {
      if (topic === 'raw.requests') for (const record of records) note(record);
      const all = records.map(record => renamed(topic, partition, record, pseudonyms));
      const letters = all.flatMap(each => ('letter' in each ? [each.letter] : []));
      const messages = all.flatMap(each => ('message' in each ? [each.message] : []));
      const send = (message: Message) =>
        topic === 'raw.events' ? outbox.publish('shop.events', message) : outbox.publish('rank.requests', message);
      await Promise.all(messages.map(send));
      await sendDeadLetters(outbox, letters);
      report.count('renamed', messages.length);
      report.count('dead_letters', letters.length);
    } else {
      // Whoever has a request's partition notes it before it is passed on; another process may hear of it after its list.
      const all = () => records.map(record => returned(record, asked));
      for (let tries = 0; tries < HEARING.tries && all().includes(undefined); tries++) await sleep(HEARING.pause_ms);
      const lists = all().flatMap(list => list ?? []);
      await Promise.all(lists.map(list => outbox.publish('raw.lists', list)));
      report.count('returned', lists.length);
    }
    report.took(batch);
    return records.at(-1)!.offset + 1;
  };

  const consuming = await bus.consume({
    group: 'temper.pseudonyms',
    topics: JOBS.pseudonyms.reads,
    maxWait_ms: 10,
    concurrency: 4,
    onBatch,
  });
  const reporting = report.publishTo(outbox);
  return {
    failed: Promise.race([consuming.failed, following.failed]),
    async stop() {
      await consuming.stop();
      await following.stop();
      await reporting.stop();
      await outbox.stop();
    },
  };
}
