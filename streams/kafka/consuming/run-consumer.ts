import type { Consumer, ConsumerRunConfig } from 'kafkajs';
import { topicMissing } from '../topics/missing.ts';

const AGAIN_MS = 1_000;

/**
 * Starts a consumer, and again where kafkajs leaves it dead for what passes. It does so by itself where it knows; not
 * where a connection is lost between two of its own steps, of which it only says `Broker not connected`.
 *
 * @param fail called with the reason, where the consumer can't go on
 */
export async function runConsumer(
  consumer: Consumer,
  config: ConsumerRunConfig,
  topics: readonly string[],
  fail: (reason: Error) => void,
): Promise<{ stop(): void }> {
  let stopped = false;
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    const missing = topicMissing(topics, error);
    if (missing) fail(missing);
    else if (restart) return;
    else if (isDisconnected(error)) setTimeout(again, AGAIN_MS);
    else fail(error);
  });
  /** What goes wrong here is told as another crash. */
  const again = () => void (stopped || consumer.run(config).catch(fail));
  await consumer.run(config);
  return {
    stop() {
      stopped = true;
    },
  };
}

function isDisconnected(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.message === 'Broker not connected') return true;
  return false;
}
