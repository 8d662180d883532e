import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { ProductInput } from '../../../schemas/topics/events.ts';
import { type CsvRow, readCsv } from '../reading/csv.ts';
import { readSteps } from '../reading/entries.ts';
import { moment } from '../reading/moment.ts';
import { Refused } from '../refused.ts';
import { bareProduct, eventStep, productStep, type RequestInput, type Step, shownSteps } from '../step.ts';

const EXPECTED = 'CSV of timestamp, item_id, position (1 to 3), click, propensity_score and user_feature_0 to 3';

/**
 * Impressions that a shop logged with the propensities of its policy, and the clicks on them. Each row becomes a list
 * of one item, shown by the shop: the scorer logs its features and scores, and keeps the propensity as it was.
 */
export const openBandit = {
  description: `${EXPECTED}; products from item_context.csv where it lies beside the file`,
  read,
};

const USER = ['user_feature_0', 'user_feature_1', 'user_feature_2', 'user_feature_3'] as const;
const COLUMNS = new Set<string>(['timestamp', 'item_id', 'position', 'click', 'propensity_score', ...USER]);

async function* read(file: string): AsyncGenerator<Step> {
  const context = await readContext(path.join(path.dirname(file), 'item_context.csv'));
  const known = new Set<string>();
  yield* readSteps(file, EXPECTED, readCsv(file, only(COLUMNS)), row => rowSteps(row, context, known));
}

function* rowSteps(row: CsvRow, context: ReadonlyMap<string, CsvRow>, known: Set<string>): Iterable<Step> {
  const item = required(row, 'item_id');
  const at_ms = moment(row.timestamp, 'timestamp');
  const request = shownOnce(row, item, at_ms);
  const shown = shownSteps(request);
  if (!known.has(item)) yield productStep(toProduct(item, at_ms, context.get(item)));
  known.add(item);
  yield* shown;
  const { id: list, user, session, surface } = request;
  const click = required(row, 'click');
  if (click !== '0' && click !== '1') throw new Refused(`click: expected 0 or 1, got ${click}`);
  const { position } = request.shown![0]!;
  // The log has no time of the click: it is dated just after the impression, so that it counts as later.
  const clicked = { v: 1, id: `${list}/click`, type: 'click', at_ms: at_ms + 1, user, session, surface, item };
  if (click === '1') yield eventStep({ ...clicked, list, position });
}

function shownOnce(row: CsvRow, item: string, at_ms: number): RequestInput {
  const position = Number(required(row, 'position')) - 1;
  const propensity = Number(required(row, 'propensity_score'));
  // The log names no users. Who shares all four features counts as one user: a proxy, of segments rather than people.
  const user = `open-bandit/${digest(USER.map(name => required(row, name)))}`;
  // The row's content names it, since its line number would be another row's in another part of the log.
  const id = `open-bandit/${digest([required(row, 'timestamp'), item, String(position), String(propensity), user])}`;
  return { v: 1, id, at_ms, user, session: user, surface: 'home', count: 1, shown: [{ item, position, propensity }] };
}

/** The features are anonymous: hashes, and a standardised number that is no price. */
function toProduct(item: string, at_ms: number, context: CsvRow | undefined): ProductInput {
  if (!context) return bareProduct(item, at_ms);
  const { item_feature_0, item_feature_1: category = 'unknown', item_feature_2: brand, item_feature_3 } = context;
  const attributes = { ...(item_feature_0 && { item_feature_0 }), ...(item_feature_3 && { item_feature_3 }) };
  return { ...bareProduct(item, at_ms), category, ...(brand && { brand }), attributes };
}

async function readContext(file: string): Promise<Map<string, CsvRow>> {
  const context = new Map<string, CsvRow>();
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (!there) return context;
  for await (const entry of readCsv(file, column => column || undefined)) {
    if (entry.ok && entry.value.item_id) context.set(entry.value.item_id, entry.value);
  }
  return context;
}

function only(columns: ReadonlySet<string>): (column: string) => string | undefined {
  return column => (columns.has(column) ? column : undefined);
}

function required(row: CsvRow, name: string): string {
  const value = row[name];
  if (value === undefined || value === '') throw new Refused(`${name}: expected a value, got none`);
  return value;
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 20);
}
