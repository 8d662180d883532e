import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { hash53, shareOf } from '../../models/hash.ts';

/** The place in a trace that a header tells (https://www.w3.org/TR/trace-context/); undefined where it tells none: it comes from outside. */
export function placeOf(traceparent: string | undefined): SpanContext | undefined {
  const place = traceparent === undefined ? null : parseTraceParent(traceparent);
  return place ? { ...place, isRemote: true } : undefined;
}

export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
}

export function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

/**
 * The trace of a record that brings none follows from where it stands, and whether it is traced too: all jobs that read
 * the record say the same.
 */
export function placeAt(topic: string, partition: number, offset: number, ratio: number): SpanContext {
  const at = `${topic}/${partition}/${offset}`;
  return {
    traceId: hex(hash53(`trace of ${at}`)) + hex(hash53(at)),
    spanId: hex(hash53(`span of ${at}`)),
    traceFlags: shareOf(at) < ratio ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  };
}

/** 16 digits that are not all 0. */
function hex(of: number): string {
  return `1${of.toString(16).padStart(15, '0')}`;
}
