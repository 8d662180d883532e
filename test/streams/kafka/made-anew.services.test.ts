import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createLog } from '../../../schemas/log.ts';
import { OPEN } from '../../../schemas/settings/connections.ts';
import type { ConsumeOptions, Outbox } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { wayOf } from '../../../streams/kafka/sign-in.ts';
import { topicIds } from '../../../streams/kafka/wire/topic-ids.ts';

const RUN = `temper_anew_${randomUUID().slice(0, 8)}`;
const WAY = wayOf(OPEN, 5_000, () => {});
let brokers: string[];
let bus: ReturnType<typeof connect>;
let outbox: Outbox;

beforeAll(async () => {
  brokers = inject('endpoints').kafka;
  bus = connect({ brokers, name: RUN, log: createLog('test', 'silent') });
  outbox = await bus.outbox();
});
afterAll(async () => {
  await outbox?.stop();
  await bus?.stop();
});

const specs = (topic: string) => [{ topic, partitions: 2, replication: 1, config: {} }];
const make = (topic: string) => bus.ensureTopics(specs(topic));
const remake = (topic: string) => bus.operator.recreate(specs(topic));

it('a topic that is made anew has another id, one that is gone none', async () => {
  const [a, b] = [`${RUN}.a`, `${RUN}.${'b'.repeat(200)}`]; // a long name takes two bytes for its length
  await make(a);
  await make(b);
  const before = (await topicIds(brokers, [a, b, `${RUN}.none`], WAY))!;
  expect([...before.keys()].sort()).toEqual([a, b, `${RUN}.none`].sort());
  expect(before.get(`${RUN}.none`)).toBeNull();
  expect(before.get(a)).toMatch(/^[0-9a-f]{32}$/);
  await remake(a);
  await expect
    .poll(async () => (await topicIds(brokers, [a, b], WAY))?.get(a), { timeout: 20_000 })
    .not.toBe(before.get(a));
  expect((await topicIds(brokers, [b], WAY))!.get(b)).toBe(before.get(b));
});

it('is not told by what is no broker, and asked of the next', async () => {
  const topic = `${RUN}.next`;
  await make(topic);
  const stranger = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const at = `127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  expect(await topicIds(['127.0.0.1:1'], [topic], WAY)).toBeUndefined();
  expect(await topicIds([at], [topic], WAY)).toBeUndefined();
  expect((await topicIds(['127.0.0.1:1', at, ...brokers], [topic], WAY))!.get(topic)).toBeTypeOf('string');
  stranger.close();
});

it('is OFFSET_LOST for its reader, though it has grown beyond where the reader stood', async () => {
  const topic = `${RUN}.grows`;
  await make(topic);
  const publish = (n: number) => outbox.publish(topic, { key: 'k', partition: 0, value: `${n}` });
  const read: string[] = [];
  const options: ConsumeOptions = {
    group: `${RUN}.grows`,
    topics: [topic],
    onBatch: async ({ records }) => {
      read.push(...records.map(({ value }) => String(value)));
      return records.at(-1)!.offset + 1;
    },
  };
  await Promise.all([1, 2, 3].map(publish));
  const first = await bus.consume(options);
  await expect.poll(() => read.length, { timeout: 60_000 }).toBe(3);
  await first.stop();
  await remake(topic);
  for (let n = 10; n < 20; n++)
    await expect
      .poll(
        () =>
          publish(n).then(
            () => true,
            () => false,
          ),
        { timeout: 60_000 },
      )
      .toBe(true);
  const second = await bus.consume(options);
  expect(await second.failed).toMatchObject({ code: 'OFFSET_LOST', message: expect.stringContaining('another one') });
  await second.stop();
  expect(read).toHaveLength(3);
});
