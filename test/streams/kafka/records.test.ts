import type { KafkaMessage } from 'kafkajs';
import { expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import { recordsOf } from '../../../streams/kafka/records.ts';
import fc from '../../properties.ts';

const someMessages = fc
  .array(
    fc.record({
      step: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 5 })),
      timestamp: fc.constantFrom('0', '1700000000000', '1700000000001'),
      key: fc.option(fc.string({ unit: 'grapheme' })),
      value: fc.option(fc.string()),
    }),
  )
  .map(drawn => {
    let offset = 41;
    return drawn.map(({ step, timestamp, key, value }): KafkaMessage => {
      offset += step;
      const bytes = (text: string | null) => (text === null ? null : Buffer.from(text, 'utf8'));
      return { key: bytes(key), value: bytes(value), timestamp, offset: String(offset), attributes: 0, headers: {} };
    });
  });

it('records have the offsets and times of their messages, whether or not some are missing between', () => {
  fc.assert(
    fc.property(someMessages, fc.nat(), (messages, shift) => {
      const records = recordsOf(messages, shift);
      expect(records.map(({ key, value, offset, timestamp_ms }) => ({ key, value, offset, timestamp_ms }))).toEqual(
        messages.map(({ key, value, offset, timestamp }) => ({
          key: key === null ? null : key.toString('utf8'),
          value,
          offset: Number(offset) + shift,
          timestamp_ms: Number(timestamp),
        })),
      );
    }),
  );
});

it.each([
  ['is read', 'x'.repeat(LIMITS.traceparent_bytes), 'x'.repeat(LIMITS.traceparent_bytes)],
  ['that is too long for one is none', 'x'.repeat(LIMITS.traceparent_bytes + 1), undefined],
  ['that is there twice is none', ['00-a', '00-b'], undefined],
])('the header that names a trace, and goes on to what is made of a record, %s', (_what, said, wanted) => {
  const traceparent = Array.isArray(said) ? said.map(each => Buffer.from(each)) : Buffer.from(said);
  const message = { key: null, value: null, timestamp: '0', attributes: 0, offset: '0', headers: { traceparent } };
  expect(recordsOf([message], 0)[0]!.traceparent).toBe(wanted);
});
