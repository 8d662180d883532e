import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ProductInput, ShopEvent } from '../../../schemas/topics/events.ts';
import { readCsv } from '../reading/csv.ts';
import { type Entry, note, recognised, understood } from '../reading/entries.ts';
import { type JsonObject, readJson } from '../reading/json.ts';
import { moment } from '../reading/moment.ts';
import { Refused } from '../refused.ts';
import { bareProduct, checkedEvent, productStep, type Step } from '../step.ts';
import { type Deed, visits } from '../visits.ts';
import { toProduct } from './fields.ts';

const EXPECTED =
  "Gorse's feedback, items and users as JSON objects (one a line or in an array) or as CSV with a header";

/**
 * Gorse's feedback. It has no lists and no positions, and a later feedback of the same type, user and item replaces
 * the earlier, wherever in the file both stand: so the file is read whole before anything is published.
 */
export const gorse = {
  description: `${EXPECTED}; items from items.* where it lies beside feedback.*`,
  read,
};

async function* read(file: string): AsyncGenerator<Step> {
  const feedback = new Map<string, Feedback>();
  const items: GorseItem[] = [];
  for (const part of [...itemsBeside(file), file]) {
    for await (const entry of recognised(part, EXPECTED, understood(readObjects(part), parse))) {
      if (!entry.ok) yield { kind: 'rejected', ...note(entry, entry.reason) };
      else if (entry.value.kind === 'user')
        yield { kind: 'skipped', ...note(entry, 'labels of users have no place in Temper') };
      else if (entry.value.kind === 'item') items.push(entry.value);
      else keepLast(feedback, entry.value);
    }
  }
  const deeds = [...feedback.values()].sort((a, b) => a.event.at_ms - b.event.at_ms);
  const opened_ms = deeds[0]?.event.at_ms ?? Date.now();
  for (const { product, dated } of items) yield productStep(dated ? product : { ...product, at_ms: opened_ms });
  yield* visits(deeds, new Set(items.map(({ product }) => product.item)));
}

type Feedback = Deed & { kind: 'feedback'; key: string };
type GorseItem = { kind: 'item'; product: ProductInput; dated: boolean };

function keepLast(feedback: Map<string, Feedback>, next: Feedback): void {
  const before = feedback.get(next.key);
  if (!before || before.event.at_ms <= next.event.at_ms) feedback.set(next.key, next);
}

/** `items.csv` beside `feedback.csv`, as Gorse dumps them. */
function itemsBeside(file: string): string[] {
  const items = path.join(path.dirname(file), path.basename(file).replace(/^feedback\b/i, 'items'));
  return items !== file && existsSync(items) ? [items] : [];
}

/** Gorse writes FeedbackType in JSON and feedback_type in CSV: both become feedbacktype. */
async function* readObjects(file: string): AsyncGenerator<Entry<JsonObject>> {
  const plain = (name: string) => name.toLowerCase().replaceAll('_', '');
  if (/\.csv$/i.test(file)) yield* readCsv(file, plain);
  else {
    yield* understood(readJson(file), json =>
      Object.fromEntries(Object.entries(json).map(([name, value]) => [plain(name), value])),
    );
  }
}

function parse(record: JsonObject): Feedback | GorseItem | { kind: 'user' } {
  if ('feedbacktype' in record) return parseFeedback(record);
  if ('itemid' in record) return parseItem(record);
  if ('userid' in record) return { kind: 'user' };
  throw new Refused('expected FeedbackType, UserId and ItemId, or an item, or a user');
}

/** Gorse leaves the names of feedback to its users; these are the usual ones. Reading is no choice from a list. */
const TYPES: Readonly<Record<string, { type: ShopEvent['type']; asks: boolean; value?: number }>> = {
  read: { type: 'view', asks: false },
  view: { type: 'view', asks: false },
  click: { type: 'click', asks: true },
  like: { type: 'rating', asks: true, value: 5 },
  star: { type: 'rating', asks: true, value: 5 },
  cart: { type: 'cart', asks: true },
  purchase: { type: 'purchase', asks: true },
  buy: { type: 'purchase', asks: true },
  share: { type: 'share', asks: true },
  dislike: { type: 'dismiss', asks: false },
};

function parseFeedback(record: JsonObject): Feedback {
  const [name, user, item] = [text(record, 'feedbacktype'), text(record, 'userid'), text(record, 'itemid')];
  const known = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (!known) throw new Refused(`FeedbackType: expected ${Object.keys(TYPES).join(', ')}, got ${name}`);
  const at_ms = moment(record.timestamp, 'Timestamp');
  const key = JSON.stringify([name, user, item]);
  const { type, value, asks } = known;
  const id = `gorse/${createHash('sha256').update(`${key}${at_ms}`).digest('hex').slice(0, 20)}`;
  const event = checkedEvent({ v: 1, id, type, at_ms, user, session: user, item, ...(value && { value }) });
  return { kind: 'feedback', key, asks, product: bareProduct(item, at_ms), event: event as Deed['event'] };
}

function parseItem(record: JsonObject): GorseItem {
  const item = text(record, 'itemid');
  const dated = !/^(0001-01-01|$)/.test(String(record.timestamp ?? ''));
  const at_ms = dated ? moment(record.timestamp, 'Timestamp') : 1;
  const fields = new Map<string, unknown>([
    ['title', record.comment],
    ['categories', list(record.categories)],
    ['available', !(record.ishidden === true || /^(true|1)$/i.test(String(record.ishidden)))],
    ['labels', record.labels === '' ? undefined : record.labels],
  ]);
  const product = toProduct(item, at_ms, fields);
  productStep(product);
  return { kind: 'item', product, dated };
}

/** In CSV a list is one field, its parts separated by bars. */
function list(value: unknown): unknown[] | undefined {
  const parts: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split('|') : [];
  return parts.length > 0 && parts[0] !== '' ? parts : undefined;
}

function text(record: JsonObject, name: string): string {
  const value = record[name];
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new Refused(`${name}: expected text, got ${JSON.stringify(value)}`);
}
