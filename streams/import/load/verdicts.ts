import { LIMITS } from '../../../schemas/limits.ts';
import { fieldsOf } from '../../../schemas/topics/events.ts';
import type { Parsed } from '../../../schemas/topics/parse.ts';
import type { RankedList, RankRequest } from '../../../schemas/topics/ranking.ts';
import { admit } from '../../admit.ts';
import { deadLetterOf } from '../../dead-letters.ts';
import type { TopicName } from '../../graph.ts';
import { ARCHIVES, type Archive } from '../../sinks/rows.ts';

/** What becomes of a row that is no plain event: rows of a table, a dead letter, or nothing, because it says nothing. */
export type Verdict =
  | { kind: 'events' | 'products' | 'lists'; table: string; rows: object[] }
  | { kind: 'refused'; reason: string; detail: string; letter: object }
  | { kind: 'skipped' };

/** Where a row stands: what Kafka's records have as topic and offset, a file has as its name by content and the row. */
export interface Source {
  topic: string;
  row: number;
}

const KINDS = { 'shop.events': 'events', 'shop.catalogue': 'products', 'rank.lists': 'lists' } as const;

/**
 * The verdict that the topics' readers would have reached, by the same code.
 *
 * @param raw the record as the file has it, or as the columns of a Parquet file say it
 * @param now_ms what is dated further ahead is refused
 */
export function verdictOn(raw: string, { topic, row }: Source, now_ms: number): Verdict {
  const { name, record } = understood(raw);
  if (name === 'withdrawn') return { kind: 'products', table: 'catalogue', rows: withdrawn(record as JsonObject) };
  const value = Buffer.from(record === undefined ? raw : JSON.stringify(record), 'utf8');
  const keyed = (record ?? {}) as { user?: unknown; item?: unknown };
  const key = String((name === 'shop.catalogue' ? keyed.item : keyed.user) ?? '');
  const parsed = admit(name, { key, value, offset: row, timestamp_ms: now_ms }) as Parsed<unknown>;
  if (!parsed.ok) {
    const letter = deadLetterOf(topic, 0, { key, value, offset: row, timestamp_ms: now_ms }, parsed.refusal);
    return { kind: 'refused', ...parsed.refusal, letter: rowsOf('dead.letters', letter)[0]! };
  }
  if (name !== 'rank.requests') return { kind: KINDS[name], table: tableOf(name), rows: rowsOf(name, parsed.value) };
  const list = listShown(parsed.value as RankRequest);
  return list ? { kind: 'lists', table: 'ranked_lists', rows: rowsOf('rank.lists', list) } : { kind: 'skipped' };
}

type JsonObject = Record<string, unknown>;
type Understood =
  | { name: keyof typeof KINDS | 'rank.requests'; record: JsonObject | undefined }
  | { name: 'withdrawn'; record: JsonObject };

/** Which topic's record it is. What is no JSON object stays as it was, and is refused as an event. */
function understood(raw: string): Understood {
  let json: unknown;
  try {
    json = JSON.parse(raw);
  } catch {
    return { name: 'shop.events', record: undefined };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return { name: 'shop.events', record: undefined };
  const record = json as JsonObject;
  if ('v' in record) return { name: topicOf(record), record };
  const row = withoutNone(record);
  if (row.withdrawn === true && typeof row.item === 'string') return { name: 'withdrawn', record: row };
  const name = topicOf(row);
  return { name, record: SPELLED[name](row) };
}

function topicOf(record: JsonObject): keyof typeof KINDS | 'rank.requests' {
  if ('type' in record) return 'shop.events';
  if ('title' in record) return 'shop.catalogue';
  if ('items' in record) return 'rank.lists';
  return 'shown' in record || ('surface' in record && !('list' in record)) ? 'rank.requests' : 'shop.events';
}

/** A table has a column for everything: what is empty there is absent in a record. */
function withoutNone(record: JsonObject): JsonObject {
  const isNone = (value: unknown) =>
    value === null || value === '' || (typeof value === 'object' && Object.keys(value as object).length === 0);
  return Object.fromEntries(Object.entries(record).filter(([, value]) => !isNone(value)));
}

const moment = ({ at_ms, at }: JsonObject) =>
  at_ms ?? (typeof at === 'string' ? Date.parse(`${at.replace(' ', 'T')}Z`) : at);

/** What of consent the tables keep: without personalisation nothing is archived. */
const consentOf = (teaches: unknown) => teaches === false && { consent: { training: false } };

/** Rows of tables as the records that they were made of. */
const SPELLED: Record<keyof typeof KINDS | 'rank.requests', (row: JsonObject) => JsonObject> = {
  'shop.events': ({ at: _at, query, text, teaches, target, ...row }) => {
    const whom = typeof target === 'string' && target !== '' && fieldsOf(String(row.type), target);
    const known = { ...row, ...whom, ...consentOf(teaches), v: 1, at_ms: moment({ ...row, at: _at }) };
    if (row.type === 'feedback') return { ...known, answer: row.answer ?? row.list };
    if (row.type === 'question') return { ...known, text: text ?? query };
    // Archives of before targets were kept do not say whom.
    if (row.type === 'follow' && !whom) return { ...known, value: text ?? 'unknown' };
    return query === undefined ? known : { ...known, query };
  },
  'shop.catalogue': ({ at, withdrawn: _withdrawn, ...row }) => ({ ...row, v: 1, at_ms: moment({ ...row, at }) }),
  'rank.requests': row => ({ ...row, v: 1 }),
  'rank.lists': row => {
    const { at: _at, list, items, scores, propensities, reasons, features, teaches, ...rest } = row;
    const column = (values: unknown, place: number) => (Array.isArray(values) ? values[place] : undefined);
    return {
      ...NO_LIST,
      ...rest,
      ...consentOf(teaches),
      v: 1,
      id: rest.id ?? list,
      at_ms: moment(row),
      items: (items as unknown[]).map((item, position) => ({
        ...{ item, position, score: column(scores, position) ?? 0, reason: column(reasons, position) ?? 'recorded' },
        ...{ propensity: column(propensities, position) ?? null, features: column(features, position) ?? [] },
      })),
      candidates: rest.candidates ?? (items as unknown[]).length,
    };
  },
};

const NO_LIST = {
  surface: 'home',
  model: 'recorded',
  arm: 'recorded',
  features_version: 'none',
  spent_ms: { queue: 0, candidates: 0, features: 0, score: 0 },
} as const;

/** A list that the shop had shown; of others nobody knows what stood on them. */
function listShown({ v, id, at_ms, user, session, surface, consent, shown }: RankRequest): RankedList | undefined {
  if (!shown) return undefined;
  const items = shown.map(place => ({ ...place, score: 0, reason: 'recorded', features: [] }));
  return {
    ...{ ...NO_LIST, v, id, at_ms, user, session, surface, consent, candidates: items.length },
    ...{ history: [], index: {}, items },
  };
}

function withdrawn(row: JsonObject): object[] {
  const at_ms = Number(moment(row));
  const item = String(row.item).slice(0, LIMITS.id_chars);
  return ARCHIVES['shop.catalogue']!.withdrawn!(item, Number.isFinite(at_ms) ? at_ms : 0);
}

function rowsOf(name: TopicName, value: unknown): object[] {
  return (ARCHIVES[name] as Archive<unknown>).rows(value);
}

function tableOf(name: TopicName): string {
  return ARCHIVES[name]!.table;
}
