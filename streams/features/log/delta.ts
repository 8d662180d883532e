/**
 * What a range of a source partition does to the keys of one partition, packed: the log from which features are made.
 *
 * ```
 * byte version, byte flags (1: opening, 2: rebuilt), source partition, from, to - from, since_ms, number of facts, bytes of facts,
 * facts: byte type | 16 if recent, byte of what is there, offset - the one before, key, at_ms - the one before,
 *        [user] [item] [session] [query] [position] [value] [target], in a log of users: hash of the id, [if recent: item]
 * all texts in a row, as UTF-8: a key stands there once, in the order in which the facts name them
 * ```
 *
 * Facts carry what the reducers of their partition read, and nothing else of the event.
 */
import type { Fact } from '../../../models/features/aggregates/declarations.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { EVENT_TYPES, type EventType } from '../../../schemas/topics/events.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { RecordTexts } from './record-texts.ts';

/** What of an event is there, beside its type and time. */
export const HAS = { user: 1, item: 2, session: 4, query: 8, position: 16, value: 32, target: 64 } as const;

const VERSION = 1;
const OPENING = 1;
const REBUILT = 2;
const RECENT = 16;
const TYPE = 15;

export interface DeltaHead {
  /** The source partition, and its offsets that are in here: from `from` to the one before `to`. */
  source: number;
  from: number;
  to: number;
  /** Broker time of the oldest of them; freshness is measured from it. */
  since_ms: number;
  /** The first of a writer: everything below `from` has been told, by whoever wrote before. */
  opening: boolean;
  /**
   * It tells of no event: there are snapshots of this generation, so whoever has the partition is to restore it. It stands
   * in the place of `from` and `to`.
   */
  rebuilt?: number | undefined;
}

/** Packs facts one after the other. In a log of users with the hash of the event's id, and the item if it is to be listed. */
export class DeltaWriter {
  readonly #carried: Readonly<Record<EventType, number>>;
  readonly #facts = new ByteWriter();
  readonly #out = new ByteWriter();
  readonly #texts = new RecordTexts();
  #count = 0;
  #offset = 0;
  #at_ms = 0;

  /** @param carried what facts carry, by type: bits of HAS */
  constructor(carried: Readonly<Record<EventType, number>>) {
    this.#carried = carried;
  }

  get count(): number {
    return this.#count;
  }

  /** About as large as the record will be. */
  get size(): number {
    return this.#facts.length + this.#texts.chars;
  }

  add(offset: number, key: string, fact: Fact, id?: number, recent?: string): void {
    const facts = this.#facts;
    let has = this.#carried[fact.type];
    if (has !== 0) has &= carriedIn(fact);
    facts.byte(TYPE_BYTE[fact.type] | (recent === undefined ? 0 : RECENT));
    facts.byte(has);
    facts.whole(offset - this.#offset);
    this.#offset = offset;
    this.#text(key, id === undefined ? fact.item : fact.user);
    facts.signed(fact.at_ms - this.#at_ms);
    this.#at_ms = fact.at_ms;
    if (has !== 0) writeFields(facts, has, fact);
    if (id !== undefined) facts.float(id);
    if (recent !== undefined) this.#text(recent, fact.item);
    this.#count++;
  }

  /** The record of what was added; the writer is empty then. */
  take(head: DeltaHead): Buffer {
    const out = this.#out;
    out.byte(VERSION);
    out.byte((head.opening ? OPENING : 0) | (head.rebuilt === undefined ? 0 : REBUILT));
    out.whole(head.source);
    out.whole(head.rebuilt ?? head.from);
    out.whole(head.to - head.from);
    out.whole(head.since_ms);
    out.whole(this.#count);
    out.whole(this.#facts.length);
    out.append(this.#facts);
    out.text(this.#texts.take());
    this.#facts.clear();
    this.#count = 0;
    this.#offset = 0;
    this.#at_ms = 0;
    return out.take();
  }

  /** @param hash the text's: under another one it would stand there twice */
  #text(value: string, hash: number): void {
    const number = this.#texts.numberOf(value, hash);
    this.#facts.whole(number + 1);
    if (number < 0) this.#facts.whole(value.length);
  }
}

/**
 * Reads a record fact by fact: `next` puts the following one into `key`, `offset`, `fact` and `recent`. The fact is one
 * object, filled anew each time.
 *
 * @throws RECORD_REFUSED where it is no such record
 */
export class DeltaReader implements DeltaHead {
  readonly source: number;
  readonly from: number;
  readonly to: number;
  readonly since_ms: number;
  readonly opening: boolean;
  readonly rebuilt: number | undefined;
  key = '';
  offset = 0;
  /** The id's hash, in a log of users. */
  id = 0;
  /** The item, if the event is to be listed among the user's recent ones. */
  recent: string | undefined;
  readonly fact: Fact = { ...NOTHING };
  readonly #facts: ByteReader;
  readonly #texts: string;
  readonly #keys: string[] = [];
  readonly #ofUsers: boolean;
  #left: number;
  #at = 0;

  constructor(bytes: Buffer, ofUsers: boolean) {
    const head = new ByteReader(bytes);
    const version = head.byte();
    if (version !== VERSION) {
      throw new TemperError('RECORD_REFUSED', {
        where: 'a record of features',
        expected: `version ${VERSION} of packed deltas`,
        got: `version ${version}`,
        next: 'It was written by a newer Temper: start that one, or delete the topics features.*, so that they are made anew',
      });
    }
    const flags = head.byte();
    this.opening = (flags & OPENING) !== 0;
    this.source = head.whole();
    this.from = head.whole();
    this.rebuilt = flags & REBUILT ? this.from : undefined;
    this.to = this.from + head.whole();
    this.since_ms = head.whole();
    this.#left = head.whole();
    this.#facts = new ByteReader(head.bytes(head.whole()));
    this.#texts = head.text();
    this.#ofUsers = ofUsers;
  }

  next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    const facts = this.#facts;
    const fact = this.fact;
    const type = facts.byte();
    const has = facts.byte();
    fact.type = EVENT_TYPES[type & TYPE]!;
    this.offset += facts.whole();
    this.key = this.#text();
    fact.at_ms += facts.signed();
    readFields(facts, has, fact);
    if (this.#ofUsers) this.id = facts.float();
    this.recent = type & RECENT ? this.#text() : undefined;
    return true;
  }

  /** A part of the record's texts: whoever keeps it makes a copy, or keeps all of them. */
  #text(): string {
    const known = this.#facts.whole();
    if (known > 0) return this.#keys[known - 1]!;
    const size = this.#facts.whole();
    const text = this.#texts.slice(this.#at, this.#at + size);
    this.#at += size;
    this.#keys.push(text);
    return text;
  }
}

export const TYPE_BYTE = Object.fromEntries(EVENT_TYPES.map((type, n) => [type, n])) as Record<EventType, number>;
export const NOTHING: Fact = {
  type: 'impression',
  at_ms: 0,
  user: 0,
  item: 0,
  session: 0,
  query: 0,
  target: 0,
  position: Number.NaN,
  value: Number.NaN,
};

export function writeFields(out: ByteWriter, has: number, fact: Fact): void {
  if (has & HAS.user) out.whole(fact.user);
  if (has & HAS.item) out.whole(fact.item);
  if (has & HAS.session) out.whole(fact.session);
  if (has & HAS.query) out.whole(fact.query);
  if (has & HAS.position) out.whole(fact.position);
  if (has & HAS.value) out.float(fact.value);
  if (has & HAS.target) out.whole(fact.target);
}

export function readFields(bytes: ByteReader, has: number, fact: Fact): void {
  fact.user = has & HAS.user ? bytes.whole() : 0;
  fact.item = has & HAS.item ? bytes.whole() : 0;
  fact.session = has & HAS.session ? bytes.whole() : 0;
  fact.query = has & HAS.query ? bytes.whole() : 0;
  fact.position = has & HAS.position ? bytes.whole() : Number.NaN;
  fact.value = has & HAS.value ? bytes.float() : Number.NaN;
  fact.target = has & HAS.target ? bytes.whole() : 0;
}

/** What of the fields that a fact may carry it has: bits of HAS. */
export function carriedIn(fact: Fact): number {
  let has = 0;
  if (fact.user !== 0) has |= HAS.user;
  if (fact.item !== 0) has |= HAS.item;
  if (fact.session !== 0) has |= HAS.session;
  if (fact.query !== 0) has |= HAS.query;
  if (!Number.isNaN(fact.position)) has |= HAS.position;
  if (!Number.isNaN(fact.value)) has |= HAS.value;
  if (fact.target !== 0) has |= HAS.target;
  return has;
}
