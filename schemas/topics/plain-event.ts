import { LIMITS } from '../limits.ts';
import type { EventType } from './events.ts';

/** What a plain event may have. */
const FIELDS = [
  ...(['v', 'id', 'type', 'at_ms', 'user', 'session', 'item'] as const),
  ...(['list', 'position', 'surface', 'query', 'value', 'currency'] as const),
];
export type Field = (typeof FIELDS)[number];
/** The place of each field in `from` and `to`. */
export const FIELD = Object.fromEntries(FIELDS.map((name, n) => [name, n])) as Readonly<Record<Field, number>>;

/**
 * An event as shops send them, read where it stands in its record: every field is of its kind and within its limits,
 * none is there twice, and none that its type doesn't have; there is no escape. Then `ShopEvent` would accept what
 * JSON.parse makes of it and change nothing; the two need many times as long to say so. Where the answer is no, they are
 * asked, and have the last word: a test holds all three together.
 *
 * One object reads one record after the other.
 */
export class PlainEvent {
  type: EventType = 'impression';
  at_ms = 0;
  /** NaN: there is none. */
  position = Number.NaN;
  value = Number.NaN;
  bytes: Buffer = Buffer.alloc(0);
  /** Where the texts begin and end; of those that the event lacks, nothing that has a meaning. */
  readonly from = new Int32Array(FIELDS.length);
  readonly to = new Int32Array(FIELDS.length);
  #has = 0;
  #beyondAscii = 0;
  /** The fields of the event before: a shop's have one order, so each is looked for first where it stood last. */
  readonly #order = new Int32Array(FIELDS.length);
  #number = 0;

  /** @returns whether it is plain; if not, the fields have no meaning */
  read(bytes: Buffer): boolean {
    this.bytes = bytes;
    this.#has = 0;
    this.#beyondAscii = 0;
    this.position = Number.NaN;
    this.value = Number.NaN;
    let at = spaceEnd(bytes, 0);
    if (bytes[at] !== OPENING) return false;
    for (let n = 0; n < FIELDS.length; n++) {
      at = spaceEnd(bytes, at + 1);
      if (bytes[at++] !== QUOTE) return false;
      const field = this.#fieldAt(at, n);
      if (field < 0) return false;
      at = spaceEnd(bytes, at + NAMES[field]!.length);
      if (bytes[at] !== COLON) return false;
      at = spaceEnd(bytes, at + 1);
      at = NUMBERS & (1 << field) ? this.#readNumber(field, at) : this.#readText(field, at);
      if (at < 0) return false;
      at = spaceEnd(bytes, at);
      if (bytes[at] !== COMMA) break;
    }
    return bytes[at] === CLOSING && spaceEnd(bytes, at + 1) === bytes.length && this.#isWhole();
  }

  has(field: number): boolean {
    return (this.#has & (1 << field)) !== 0;
  }

  /** Whether each byte of the text is a character. */
  isAscii(field: number): boolean {
    return (this.#beyondAscii & (1 << field)) === 0;
  }

  text(field: number): string {
    return this.bytes.toString(this.isAscii(field) ? 'latin1' : 'utf8', this.from[field], this.to[field]);
  }

  /** Whether the field's text is this. */
  is(field: number, text: string): boolean {
    if (!this.isAscii(field)) return this.text(field) === text;
    const from = this.from[field]!;
    if (this.to[field]! - from !== text.length) return false;
    for (let n = 0; n < text.length; n++) if (this.bytes[from + n] !== text.charCodeAt(n)) return false;
    return true;
  }

  /** @returns the field whose name begins here, -1 where it is none, or one that was there before */
  #fieldAt(at: number, n: number): number {
    let field = this.#order[n]!;
    if (!stands(NAMES[field]!, this.bytes, at)) {
      field = NAMES.findIndex(name => stands(name, this.bytes, at));
      if (field < 0) return -1;
      this.#order[n] = field;
    }
    if (this.has(field)) return -1;
    this.#has |= 1 << field;
    return field;
  }

  /** @returns where it ends, -1 where it is not good */
  #readText(field: number, at: number): number {
    const { bytes } = this;
    if (bytes[at] !== QUOTE) return -1;
    const from = at + 1;
    let all = 0;
    let to = from;
    for (; to < bytes.length && bytes[to] !== QUOTE; to++) {
      const byte = bytes[to]!;
      if (byte === BACKSLASH || byte < SPACE) return -1;
      all |= byte;
    }
    if (to === bytes.length || to === from) return -1;
    if (to - from > (field === FIELD.query ? LIMITS.query_chars : LIMITS.id_chars)) return -1; // bytes: no fewer than characters
    this.from[field] = from;
    this.to[field] = to;
    if (all > 127) this.#beyondAscii |= 1 << field;
    return to + 1;
  }

  /** @returns where it ends, -1 where it is not good */
  #readNumber(field: number, at: number): number {
    const end = this.#digits(at);
    const number = this.#number;
    if (end < 0) return -1;
    switch (field) {
      case FIELD.v:
        return number === 1 ? end : -1;
      case FIELD.at_ms:
        this.at_ms = number;
        return number > 0 && Number.isInteger(number) ? end : -1;
      case FIELD.position:
        this.position = number;
        return number <= LIMITS.items_per_list && Number.isInteger(number) ? end : -1;
      default:
        this.value = number;
        return end;
    }
  }

  /** Reads 12 or 12.5, with 15 digits at most: whole numbers, and their quotient by a power of ten is rounded once. */
  #digits(from: number): number {
    const { bytes } = this;
    let at = from;
    let whole = 0;
    let point = -1;
    for (; ; at++) {
      const byte = bytes[at]!;
      if (byte === POINT && point < 0) point = at;
      else if (byte >= ZERO && byte <= NINE) whole = whole * 10 + (byte - ZERO);
      else break;
    }
    const before = (point < 0 ? at : point) - from;
    const behind = point < 0 ? 0 : at - point - 1;
    if (before === 0 || before + behind > 15 || (before > 1 && bytes[from] === ZERO)) return -1;
    if (point >= 0 && behind === 0) return -1;
    this.#number = behind === 0 ? whole : whole / 10 ** behind;
    return at; // an exponent is no comma and no bracket
  }

  /** Whether the event has what its type needs, and nothing else. */
  #isWhole(): boolean {
    const has = this.#has;
    if ((has & ENVELOPE) !== ENVELOPE) return false;
    const from = this.from[FIELD.type]!;
    for (const { type, name, needs, allows } of KINDS) {
      if (!stands(name, this.bytes, from)) continue;
      this.type = type;
      return (has & needs) === needs && (has & ~allows) === 0 && !(type === 'rating' && this.value > 5);
    }
    return false;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPENING = 0x7b;
const CLOSING = 0x7d;
const SPACE = 0x20;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** With the quote behind: no field's name is the beginning of another's. */
const NAMES = FIELDS.map(name => Buffer.from(`${name}"`));
const NUMBERS = bits('v', 'at_ms', 'position', 'value');
const ENVELOPE = bits('v', 'id', 'type', 'at_ms', 'user', 'session');
const ON_ITEM = ENVELOPE | bits('item');
const SHOWN = bits('list', 'position', 'surface', 'query');

/** The common types; the others are zod's. */
const KINDS = [
  kind('impression', ON_ITEM | bits('list', 'position'), SHOWN),
  ...(['click', 'view', 'cart', 'return', 'dismiss', 'share'] as const).map(type => kind(type, ON_ITEM, SHOWN)),
  kind('purchase', ON_ITEM, SHOWN | bits('value', 'currency')),
  kind('rating', ON_ITEM | bits('value'), SHOWN),
];

function kind(type: EventType, needs: number, beside: number) {
  return { type, name: Buffer.from(`${type}"`), needs, allows: needs | beside };
}

function bits(...fields: readonly Field[]): number {
  return fields.reduce((all, field) => all | (1 << FIELD[field]), 0);
}

function stands(text: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let n = 0; n < text.length; n++) if (text[n] !== bytes[at + n]) return false;
  return true;
}

/** The place behind JSON's white space. */
function spaceEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  let byte = bytes[at]!;
  while (byte <= SPACE && (byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09)) byte = bytes[++at]!;
  return at;
}
