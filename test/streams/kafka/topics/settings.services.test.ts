import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createLog } from '../../../../schemas/log.ts';
import { connect } from '../../../../streams/kafka/connect.ts';

const TOPIC = `temper_settings_${randomUUID().slice(0, 8)}`;
let bus: ReturnType<typeof connect>;

beforeAll(() => {
  bus = connect({ brokers: inject('endpoints').kafka, name: TOPIC, log: createLog('test', 'silent') });
});
afterAll(() => bus?.stop());

const ensure = (config: Record<string, string>) =>
  bus.ensureTopics([{ topic: TOPIC, partitions: 1, replication: 1, config }]);

it('a topic that was compacted alone refuses to be cut, for good; when it is ensured again it lets itself be cut', async () => {
  await ensure({ 'cleanup.policy': 'compact', 'segment.bytes': '67108864' });
  const outbox = await bus.outbox();
  for (const key of ['a', 'b', 'c']) await outbox.publish(TOPIC, { key, value: key });
  await outbox.stop();
  await expect(bus.cut(TOPIC, 0, 2)).rejects.toMatchObject({ code: 'CONFIG_INVALID', retryable: false });
  await ensure({ 'cleanup.policy': 'compact,delete', 'retention.ms': '-1', 'segment.bytes': '1048576' });
  await expect.poll(() => bus.cut(TOPIC, 0, 2).then(() => 'cut', String), { timeout: 10_000 }).toBe('cut');
  expect((await bus.bounds(TOPIC)).get(0)).toEqual({ low: 2, high: 3 });
});
