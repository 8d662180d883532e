import {
  context,
  DiagLogLevel,
  diag,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Log } from '../../schemas/log.ts';
import type { TraceSettings } from '../../schemas/settings/observability.ts';
import type { JobName } from '../graph.ts';
import type { Batch, Message } from '../kafka/bus.ts';
import { isSampled, placeAt, placeOf, traceparentOf } from './traceparent.ts';

/**
 * Spans of records and messages, with their contexts in Kafka's headers, sent by OTLP. A span for each traced record of a
 * batch, from the beginning of the batch to its end, and one for each message that is made from a traced record, until it
 * is acknowledged. Names and attributes are OpenTelemetry's
 * (https://opentelemetry.io/docs/specs/semconv/messaging/kafka/), but for the record's key: it is a user.
 */
export interface Traces {
  begin(group: string, batch: Batch): { end(error?: unknown): void };
  /** @param publish publishes the message, which has a context of its own then */
  send(topic: string, message: Message, publish: (message: Message) => Promise<void>): Promise<void>;
  /** Sends what is left. */
  stop(): Promise<void>;
}

const nothing = () => {};
/** What the SDK says of errors may quote what was to be sent. */
const SILENT = { error: nothing, warn: nothing, info: nothing, debug: nothing, verbose: nothing };

/** How its queue says, once there is room again, that it had none. */
const QUEUE_FULL = /^Dropped \d+ spans\b/;

/** Spans of one request to the collector. */
const SENT_SPANS = 512;
/**
 * So many requests' spans may wait, which are more than one batch of records has: 4 MiB of a partition are some 20,000
 * events. At the end all are sent at once.
 */
const WAITING_REQUESTS = 64;
const EXPORT_MS = 5_000;
const SEND_MS = 1_000;

export function openTraces(job: JobName, { ratio, endpoint, headers }: TraceSettings, log: Log): Traces {
  const lost = () => log.warn({ code: 'TRACES_LOST' }, 'spans could not be sent; all else goes on');
  const dropped = (words: string) => void (QUEUE_FULL.test(words) && lost());
  diag.setLogger({ ...SILENT, error: lost, warn: dropped }, DiagLogLevel.WARN);
  const exporter = new OTLPTraceExporter({
    url: endpoint,
    headers,
    timeoutMillis: EXPORT_MS,
    concurrencyLimit: WAITING_REQUESTS,
  });
  const queue = {
    scheduledDelayMillis: SEND_MS,
    maxExportBatchSize: SENT_SPANS,
    maxQueueSize: SENT_SPANS * WAITING_REQUESTS,
  };
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `temper-${job}`, 'service.namespace': 'temper' }),
    spanProcessors: [new BatchSpanProcessor(exporter, queue)],
    sampler: new AlwaysOnSampler(), // no span is begun of what is not sampled
    spanLimits: { linkCountLimit: LIMITS.traced_events_per_list },
  });
  const tracer = provider.getTracer('temper');

  const begin: Traces['begin'] = (group, { topic, partition, records }) => {
    const spans: Span[] = [];
    for (const record of records) {
      const place = placeOf(record.traceparent) ?? placeAt(topic, partition, record.offset, ratio);
      record.traceparent = traceparentOf(place); // also where it is not traced: whoever reads what follows leaves it out too
      if (!isSampled(place)) continue;
      const attributes = {
        ...messaging(topic, 'process'),
        'messaging.consumer.group.name': group,
        'messaging.destination.partition.id': String(partition),
        'messaging.kafka.offset': record.offset,
      };
      const span = tracer.startSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, attributes }, under(place));
      record.traceparent = traceparentOf(span.spanContext());
      record.span = { note: told => void span.setAttributes(told) };
      spans.push(span);
    }
    return {
      end(error) {
        for (const span of spans) finish(span, error);
      },
    };
  };

  const send: Traces['send'] = async (topic, message, publish) => {
    const place = placeOf(message.traceparent);
    if (!place || !isSampled(place)) return publish(message);
    const causes = (message.causes ?? []).flatMap(cause => placeOf(cause) ?? []);
    const links = causes.filter(isSampled).map(cause => ({ context: cause }));
    const attributes = messaging(topic, 'send');
    const span = tracer.startSpan(`send ${topic}`, { kind: SpanKind.PRODUCER, attributes, links }, under(place));
    try {
      await publish({ ...message, traceparent: traceparentOf(span.spanContext()) });
      finish(span);
    } catch (error) {
      finish(span, error);
      throw error;
    }
  };

  return { begin, send, stop: () => provider.shutdown().catch(lost) };
}

function messaging(topic: string, operation: 'process' | 'send') {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
  };
}

function under(place: SpanContext) {
  return trace.setSpanContext(context.active(), place);
}

/** What went wrong is told by its code alone: a message may quote what the record says. */
function finish(span: Span, error?: unknown): void {
  if (error !== undefined) {
    span.setAttribute(
      'error.type',
      error instanceof TemperError ? error.code : error instanceof Error ? error.name : 'other',
    );
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
