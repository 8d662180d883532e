import type { z } from 'zod';
import { LIMITS } from '../limits.ts';
import type { RefusalReason } from './operations.ts';

export type Refusal = { reason: RefusalReason; detail: string };
export type Parsed<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

/** A quick yes for what is common: the schema would accept it and change nothing. */
export interface Plain {
  /** Of a record's bytes. */
  isPlain?: (value: Buffer) => boolean;
  /** Of what JSON.parse made of them. */
  isPlainJson?: (json: unknown) => boolean;
}

/**
 * The verdict on one record: the same bytes with the same broker time get the same verdict from every job that reads them.
 *
 * @param timestamp_ms the broker's time of the record, against which a clock that runs ahead is seen
 */
export function parseRecord<S extends z.ZodType>(
  schema: S,
  value: Buffer | null,
  timestamp_ms: number,
  limit_bytes: number = LIMITS.event_bytes,
  { isPlain, isPlainJson }: Plain = {},
): Parsed<z.output<S>> {
  if (value === null) return refuse('tombstone', 'expected a JSON object, got a record without a value');
  if (value.length > limit_bytes) {
    return refuse('too_large', `expected at most ${limit_bytes} bytes, got ${value.length}`);
  }
  const text = value.toString('utf8');
  if (isPlain?.(value)) return inTime(JSON.parse(text) as z.output<S>, timestamp_ms);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return refuse('not_json', cause instanceof Error ? cause.message : String(cause));
  }
  const unwanted = mayBeUnwanted(text) ? unwantedIn(json) : undefined;
  if (unwanted) return { ok: false, refusal: unwanted };
  if (isPlainJson?.(json)) return inTime(json as z.output<S>, timestamp_ms);
  const parsed = schema.safeParse(json);
  return parsed.success ? inTime(parsed.data, timestamp_ms) : refuseShape(json, parsed.error);
}

/** Whether an event's clock runs ahead of the broker's. */
export function isAhead(at_ms: number, timestamp_ms: number): boolean {
  return at_ms > timestamp_ms + LIMITS.future_ms;
}

/** Refuses what is dated ahead. */
function inTime<T>(data: T, timestamp_ms: number): Parsed<T> {
  const at_ms = (data as { at_ms?: number }).at_ms;
  if (at_ms !== undefined && isAhead(at_ms, timestamp_ms)) {
    return refuse('future', `at_ms ${at_ms} is ${at_ms - timestamp_ms} ms after the broker's time; correct the clock`);
  }
  return { ok: true, value: data };
}

function refuse(reason: RefusalReason, detail: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { reason, detail } };
}

function refuseShape(json: unknown, error: z.ZodError): { ok: false; refusal: Refusal } {
  const detail = error.issues
    .slice(0, 5)
    .map(issue => `${issue.path.join('.') || 'record'}: ${issue.message}`)
    .join('; ');
  const at = (name: string) => error.issues.some(issue => issue.path.length === 1 && issue.path[0] === name);
  const version = typeof json === 'object' && json !== null ? (json as { v?: unknown }).v : undefined;
  if (version !== undefined && version !== 1)
    return refuse('unknown_version', `v: expected 1, got ${isNested(version) ? 'an object' : JSON.stringify(version)}`);
  return refuse(at('type') ? 'unknown_type' : 'invalid_field', detail);
}

const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'] as const;
const FORBIDDEN: ReadonlySet<string> = new Set(FORBIDDEN_KEYS);
/** Half of a surrogate pair: JSON's escapes can write one, UTF-8 and so ClickHouse can't. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Without an escape JSON can write neither half a pair nor, in other letters, a key: it is enough to look for these. */
function mayBeUnwanted(text: string): boolean {
  return text.includes('\\') || FORBIDDEN_KEYS.some(key => text.includes(key));
}

/**
 * What no code behind this line should have to think of: JSON.parse makes `__proto__` an own key, and strings that
 * are no text. Without recursion, for a record can be nested as deeply as it is long.
 */
function unwantedIn(json: unknown): Refusal | undefined {
  const open = [json];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string' && LONE_SURROGATE.test(value)) return halfPair(value);
    if (!isNested(value)) continue;
    if (Array.isArray(value)) {
      for (const part of value) if (typeof part === 'string' || isNested(part)) open.push(part);
      continue;
    }
    for (const key of Object.keys(value)) {
      if (FORBIDDEN.has(key)) return { reason: 'forbidden_key', detail: `the key ${key} is not allowed` };
      if (LONE_SURROGATE.test(key)) return halfPair(key);
      open.push((value as Record<string, unknown>)[key]);
    }
  }
  return undefined;
}

function halfPair(text: string): Refusal {
  return {
    reason: 'invalid_field',
    detail: `expected Unicode text, got half of a surrogate pair in ${JSON.stringify(text)}`,
  };
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
