import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { expect, it } from 'vitest';
import { createOutbox } from '../../../../streams/kafka/sending/outbox.ts';

type Given = { topicMessages: { messages: { value: string }[] }[] };

/** Takes what is sent, each request for some milliseconds, and remembers which values came together. */
function broker(answer_ms = 3) {
  const requests: string[][] = [];
  const producer = () => ({
    connect: async () => {},
    disconnect: async () => {},
    sendBatch: async ({ topicMessages }: Given) => {
      requests.push(topicMessages.flatMap(({ messages }) => messages.map(({ value }) => value)));
      await sleep(answer_ms);
      return [];
    },
  });
  return { requests, kafka: { producer } as unknown as Kafka };
}

it('lets messages leave with what they wait for, and alone where nothing comes', async () => {
  const { requests, kafka } = broker();
  const outbox = await createOutbox(kafka, 0);
  const put = (value: string, hold_ms = 0) => outbox.publish('t', { key: 'k', value, hold_ms });
  await put('alone', 5);
  await Promise.all([put('a', 5), put('b', 60_000), put('c')]);
  expect(requests).toEqual([['alone'], ['a', 'b', 'c']]);
  await outbox.stop();
});

it('sends all in order, however it comes, also what waits when it stops', async () => {
  const { requests, kafka } = broker(1);
  const outbox = await createOutbox(kafka, 2);
  const values = Array.from({ length: 400 }, (_, n) => `${n}`);
  const done: Promise<void>[] = [];
  for (const [n, value] of values.entries()) {
    done.push(outbox.publish('t', { key: 'k', value, hold_ms: n % 3 === 0 ? 5 : 0 }));
    if (n % 50 === 0) await sleep(n % 7);
  }
  await outbox.stop();
  await Promise.all(done);
  expect(requests.flat()).toEqual(values);
});

it('goes on where it had nothing to send when it woke', async () => {
  const { requests, kafka } = broker();
  const outbox = await createOutbox(kafka, 0);
  for (let n = 0; n < 20; n++) {
    await outbox.publish('t', { key: 'k', value: `${n}`, hold_ms: n % 2 === 0 ? 5 : 0 });
  }
  expect(requests).toHaveLength(20);
  await outbox.stop();
});
