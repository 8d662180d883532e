import { z } from 'zod';
import { TemperError } from '../../schemas/errors.ts';
import { packArrays, unpackArrays } from '../array-file.ts';
import type { Described } from '../controls/content-neighbours.ts';
import type { RuleTable } from '../controls/rules.ts';
import { UNDIVIDED } from '../harden/parts.ts';

/** What a blend serves from, beside the graph of its rankers. */
export interface BlendTables {
  readonly settings: BlendSettings;
  readonly rules: RuleTable;
  /** [items]: how often each was taken. */
  readonly counts: Float32Array;
  /** Absent where nothing describes the items. */
  readonly contents?: Described | undefined;
}

const Settings = z.object({
  /** So many of the newest events of a history are read by the rankers. */
  length: z.int().positive(),
  /** How rankers look at a history; see `inParts`. Files of before do not say it. */
  division: z.object({ parts: z.int().positive(), whole: z.number().min(0).max(1) }).default(UNDIVIDED),
  /** What each voice counts beside the rankers, whose weights are in their graph. */
  weights: z.object({ together: z.number(), content: z.number(), popular: z.number() }),
  /** How much of a history asks for its rules. */
  rules: z.object({ newest: z.int().positive(), decay: z.number().positive() }),
  /** From an item's blended score and its click rate to the logit of a click. */
  click: z.object({
    blend: z.number(),
    rate: z.number(),
    bias: z.number(),
    /** Where the item's click rate, as it is now, stands among the features. */
    column: z.int().nonnegative(),
  }),
});
export type BlendSettings = z.infer<typeof Settings>;

const KIND = 'blend';
/** Of the file: one that was written by another version is refused by name. */
const VERSION = 1;
const Meta = z.object({
  version: z.literal(VERSION),
  settings: Settings,
  vocabulary: z.array(z.string()).nullable(),
});

/** The bytes of a file with them. */
export function encodeTables({ settings, rules, counts, contents }: BlendTables): Buffer {
  const { starts, others, weights } = rules;
  const meta = { version: VERSION, settings, vocabulary: contents?.vocabulary ?? null };
  const arrays = { starts, others, weights, counts, ...(contents && { tokens: contents.tokens }) };
  return Buffer.concat(packArrays({ kind: KIND, meta, arrays }).parts);
}

/**
 * Reads what `encodeTables` wrote, and holds it to what it has to be.
 *
 * @param items of the model
 * @throws MODEL_REFUSED with what is wrong
 */
export function decodeTables(bytes: Uint8Array, items: number, where: string): BlendTables {
  const { meta, arrays } = unpacked(bytes, where);
  const { starts, others, weights, counts, tokens } = arrays;
  if (!(starts instanceof Int32Array && others instanceof Int32Array && weights instanceof Float32Array)) {
    return refuse(`${where}, rules`, 'starts and others of int32, weights of float32', 'others');
  }
  requireRules({ starts, others, weights }, items, `${where}, rules`);
  if (!(counts instanceof Float32Array && counts.length === items && counts.every(count => count >= 0))) {
    return refuse(`${where}, counts`, `${items} counts`, String(counts?.length));
  }
  const { settings, vocabulary } = meta;
  const tables = { settings, rules: { starts, others, weights }, counts };
  if (vocabulary === null) return tables;
  const most = (tokens?.length ?? 0) / items;
  if (!(tokens instanceof Int32Array && most > 0 && Number.isInteger(most))) {
    return refuse(`${where}, tokens`, `as many of int32 for each of ${items} items`, String(tokens?.length));
  }
  const stranger = tokens.find(token => !(token >= 0 && token < vocabulary.length));
  if (stranger !== undefined) refuse(`${where}, tokens`, `one of ${vocabulary.length} tokens`, String(stranger));
  return { ...tables, contents: { vocabulary, most, tokens } };
}

function requireRules({ starts, others, weights }: RuleTable, items: number, where: string): void {
  const isOrdered = starts.every((start, item) => start >= (item === 0 ? 0 : starts[item - 1]!));
  if (starts.length !== items + 1 || starts[0] !== 0 || !isOrdered) {
    refuse(where, `the beginnings of ${items} rows, one behind the other`, `${starts.length} numbers`);
  }
  if (others.length !== starts.at(-1) || weights.length !== others.length) {
    refuse(where, `${starts.at(-1)} rules`, `${others.length} items with ${weights.length} weights`);
  }
  const stranger = others.find(item => !(item >= 0 && item < items));
  if (stranger !== undefined) refuse(where, `one of ${items} items`, String(stranger));
  const bad = weights.find(weight => !Number.isFinite(weight));
  if (bad !== undefined) refuse(where, 'finite weights', String(bad));
}

function unpacked(bytes: Uint8Array, where: string) {
  try {
    const { meta, arrays } = unpackArrays(aligned(bytes), KIND, where);
    return { meta: Meta.parse(meta), arrays };
  } catch (cause) {
    throw new TemperError('MODEL_REFUSED', { where, expected: `the tables of a blend, version ${VERSION}`, cause });
  }
}

/** Arrays over bytes begin at multiples of 8. */
function aligned({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
}

function refuse(where: string, expected: string, got: string): never {
  throw new TemperError('MODEL_REFUSED', { where, expected, got, next: 'Train it again; this file is never served' });
}
