import type { KafkaMessage } from 'kafkajs';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TemperError } from '../../../schemas/errors.ts';
import type { Log } from '../../../schemas/log.ts';
import type { Batch, Message, StreamRecord } from '../../../streams/kafka/bus.ts';
import { recordsOf } from '../../../streams/kafka/records.ts';
import { isSampled, placeAt, placeOf, traceparentOf } from '../../../streams/observe/traceparent.ts';
import { openTraces, type Traces } from '../../../streams/observe/traces.ts';
import { attributesOf, openReceiver, type Receiver } from './receiver.ts';

const SHOP = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
/** 4 MiB, as jobs that do not choose fetch of a partition, of events as small as they come. */
const LARGEST_BATCH = Math.floor((4 * 1024 * 1024) / 200);
const UNSAMPLED = SHOP.replace(/01$/, '00');

let receiver: Receiver;
let traces: Traces;
/** Codes of warnings. */
let warned: unknown[];
beforeEach(async () => {
  warned = [];
  receiver = await openReceiver();
});
afterEach(() => receiver.stop());

function open(ratio: number): void {
  const headers = { authorization: 'Bearer secret' };
  const log = pino({ level: 'warn' }, { write: line => void warned.push(JSON.parse(line).code) }) as Log;
  traces = openTraces('outcomes', { ratio, endpoint: `${receiver.endpoint}/v1/traces`, headers }, log);
}

/** Of records as jobs get them from kafkajs. */
function batchOf(...told: { offset?: number; traceparent?: string }[]): Batch & { records: StreamRecord[] } {
  const messages = told.map(({ offset, traceparent }, n): KafkaMessage => {
    const said = { key: Buffer.from('anna'), value: Buffer.from('{"user":"anna"}'), timestamp: '1', attributes: 0 };
    return { ...said, offset: String(offset ?? n), headers: traceparent === undefined ? {} : { traceparent } };
  });
  const records = recordsOf(messages, 0);
  return { topic: 'shop.events', partition: 3, lag: 0, confirm: async () => {}, records };
}

describe('a place in a trace', () => {
  it('is read as it is written, and not where it is none', () => {
    expect(traceparentOf(placeOf(SHOP)!)).toBe(SHOP);
    for (const wrong of [
      '',
      'x',
      SHOP.slice(0, -1),
      SHOP.replace('00-', 'ff-'),
      SHOP.replace(/b7ad\w+/, '0'.repeat(16)),
    ]) {
      expect(placeOf(wrong), wrong).toBeUndefined();
    }
  });

  it('follows from where a record stands: all jobs say the same of it, and sample the share that is wanted', () => {
    expect(placeAt('t', 1, 5, 0.3)).toEqual(placeAt('t', 1, 5, 0.3));
    const places = Array.from({ length: 20_000 }, (_, offset) => placeAt('t', 1, offset, 0.3));
    expect(places.filter(isSampled).length / places.length).toBeCloseTo(0.3, 1);
    expect(new Set(places.map(({ traceId }) => traceId)).size).toBe(places.length);
    for (const place of places.slice(0, 100)) expect(placeOf(traceparentOf(place))).toEqual(place);
  });
});

describe('traces', () => {
  it('join what is made from a record to it, by the header', async () => {
    open(0);
    const batch = batchOf({ traceparent: SHOP });
    const spans = traces.begin('temper.outcomes', batch);
    const [record] = batch.records;
    record!.span!.note({ 'temper.arm': 'champion' });
    let sent: Message | undefined;
    const message = { key: 'anna', value: 'secret', traceparent: record!.traceparent, causes: [SHOP] };
    await traces.send('rank.examples', message, async with_ => {
      sent = with_;
    });
    spans.end();
    await traces.stop();

    const [process, send] = ['process shop.events', 'send rank.examples'].map(
      name => receiver.spans.find(span => span.name === name)!,
    );
    const shop = placeOf(SHOP)!;
    expect(process).toMatchObject({
      service: 'temper-outcomes',
      kind: 5,
      traceId: shop.traceId,
      parentSpanId: shop.spanId,
    });
    expect(attributesOf(process!)).toMatchObject({
      'messaging.destination.name': 'shop.events',
      'messaging.destination.partition.id': '3',
      'messaging.kafka.offset': 0,
      'messaging.consumer.group.name': 'temper.outcomes',
      'temper.arm': 'champion',
    });
    expect(send).toMatchObject({ kind: 4, traceId: shop.traceId, parentSpanId: process!.spanId });
    expect(send!.links).toMatchObject([{ traceId: shop.traceId, spanId: shop.spanId }]);
    expect(placeOf(sent!.traceparent)).toMatchObject({ traceId: shop.traceId, spanId: send!.spanId, traceFlags: 1 });
    expect(receiver.headers[0]).toMatchObject({ authorization: 'Bearer secret' });
    expect(receiver.bodies.join()).not.toMatch(/anna|secret/);
  });

  it('leave out what nobody sampled, and say so to whoever reads what follows', async () => {
    open(0);
    const batch = batchOf({ traceparent: UNSAMPLED }, {}, { traceparent: 'not one' });
    traces.begin('g', batch).end();
    for (const { span, traceparent } of batch.records) {
      expect(span).toBeUndefined();
      expect(isSampled(placeOf(traceparent)!)).toBe(false);
    }
    await traces.stop();
    expect(receiver.spans).toEqual([]);
  });

  it('begin where a record brings none, by the ratio', async () => {
    open(1);
    const batch = batchOf({}, {});
    traces.begin('g', batch).end();
    await traces.stop();
    expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(2);
    expect(receiver.spans[0]!.traceId).toBe(placeAt('shop.events', 3, 0, 1).traceId);
  });

  it('tell of a failure its code, and nothing that its message quotes', async () => {
    open(1);
    traces.begin('g', batchOf({})).end(new TemperError('UNREACHABLE', { got: 'canary' }));
    traces.begin('g', batchOf({ offset: 9 })).end(new SyntaxError('"canary" is not valid JSON'));
    await traces.stop();
    expect(receiver.spans.map(span => attributesOf(span)['error.type'])).toEqual(['UNREACHABLE', 'SyntaxError']);
    expect(receiver.spans.every(({ status }) => status?.code === 2)).toBe(true);
    expect(receiver.bodies.join()).not.toContain('canary');
  });

  it('are all sent of the largest batch that a job fetches', { timeout: 60_000 }, async () => {
    open(1);
    traces.begin('g', batchOf(...Array.from({ length: LARGEST_BATCH }, () => ({})))).end();
    await expect.poll(() => receiver.spans.length, { timeout: 40_000 }).toBe(LARGEST_BATCH);
    await traces.stop();
    expect(warned).toEqual([]);
  });

  it('that are too many to wait are told to be lost', { timeout: 60_000 }, async () => {
    open(1);
    for (let batch = 0; batch < 2; batch++) {
      traces.begin('g', batchOf(...Array.from({ length: LARGEST_BATCH }, () => ({})))).end();
    }
    await expect.poll(() => receiver.spans.length, { timeout: 40_000 }).toBeGreaterThan(2_048); // there is room again
    traces.begin('g', batchOf({})).end();
    expect(warned).toContain('TRACES_LOST');
    await traces.stop();
  });

  it('cost the job nothing where nobody takes them', async () => {
    await receiver.stop();
    open(1);
    traces.begin('g', batchOf({})).end();
    await expect(traces.stop()).resolves.toBeUndefined();
    expect(warned).toContain('TRACES_LOST');
    receiver = await openReceiver();
  });
});
