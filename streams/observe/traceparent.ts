import { hash53, shareOf } from '../../models/hash.ts';

/** A place in a trace: version 00 of `traceparent`, https://www.w3.org/TR/trace-context/#traceparent-header. */
export interface TracePlace {
  trace: string;
  span: string;
  sampled: boolean;
}

const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;

/** Undefined where it is none: it comes from outside. */
export function placeOf(traceparent: string): TracePlace | undefined {
  const [, trace, span, flags] = FORM.exec(traceparent) ?? [];
  if (!trace || !span || !flags || /^0+$/.test(trace) || /^0+$/.test(span)) return undefined;
  return { trace, span, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

export function traceparentOf({ trace, span, sampled }: TracePlace): string {
  return `00-${trace}-${span}-${sampled ? '01' : '00'}`;
}

/**
 * The trace of a record that brings none follows from where it stands, and whether it is traced too: all jobs that read
 * the record say the same.
 */
export function placeAt(topic: string, partition: number, offset: number, ratio: number): TracePlace {
  const at = `${topic}/${partition}/${offset}`;
  const trace = hex(hash53(`trace of ${at}`)) + hex(hash53(at));
  return { trace, span: hex(hash53(`span of ${at}`)), sampled: shareOf(at) < ratio };
}

/** 16 digits that are not all 0. */
function hex(of: number): string {
  return `1${of.toString(16).padStart(15, '0')}`;
}
