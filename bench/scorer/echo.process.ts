import { createLog } from '../../schemas/log.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { connect } from '../../streams/kafka/connect.ts';
import type { Answerer } from './exchange.ts';

/** What the process is asked for: answers of so many bytes. */
export interface WantedEcho extends Answerer {
  bytes: number;
}

/** So much of a request comes back: its id is in it. */
const COPIED_BYTES = 64;

/** A process that does with Kafka what a scorer does, and nothing else. */
process.once('message', async ({ requests, answers, bytes }: WantedEcho) => {
  const config = readConfig();
  const bus = connect({ brokers: config.kafka!, name: 'temper-bench-echo', log: createLog('bench', 'error') });
  const outbox = await bus.outbox({ linger_ms: 0 });
  const consuming = await bus.consume({
    group: 'temper.bench.echo',
    topics: [requests],
    maxWait_ms: 20,
    concurrency: 8,
    onBatch: async ({ records }) => {
      const sent = records.map(({ key, value }) => {
        const answer = Buffer.alloc(bytes, ' ');
        value!.copy(answer, 0, 0, COPIED_BYTES);
        return outbox.publish(answers, { key: key!, value: answer });
      });
      return { next: records.at(-1)!.offset + 1, written: Promise.all(sent) };
    },
  });
  process.send!('ready');
  process.once('disconnect', async () => {
    await consuming.stop();
    await outbox.stop();
    await bus.stop();
  });
});
