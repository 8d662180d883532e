import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';

const LIST = 10;
const USERS = 20_000;
const ITEMS = 5_000;
const BEGUN_MS = 1_760_000_000_000;
/** Rows of one INSERT: what ClickHouse makes of them at once stays small. */
const BLOCK = 100_000;

/**
 * Fills the table of examples with those of a made-up shop, the same each time: lists of ten, every tenth in random
 * order, two of three users having clicked five items before. A click comes with a logistic probability of the first
 * twenty features and one product of two of them, so there is something to learn that takes several epochs.
 */
export async function fillExamples(store: RowStore, rows: number): Promise<void> {
  for (let from = 0; from < rows; from += BLOCK) {
    await store.command(blockSql(from, Math.min(BLOCK, rows - from)));
  }
}

function blockSql(from: number, rows: number): string {
  const unit = (...what: string[]) => `(cityHash64(${what.join(', ')}) / 18446744073709551616.)`;
  const logit = `arraySum((x, k) -> (x - 0.5) * (1 + k % 3) * if(k % 2 = 0, 1, -1), arraySlice(features, 1, 20), range(20))
    + 6 * (features[1] - 0.5) * (features[22] - 0.5) - 2.2 - 0.15 * position`;
  return `INSERT INTO examples (list, at, user, surface, model, arm, features_version, position, item, propensity,
      features, history, clicked, carted, purchased, dismissed, version, topic, partition, offset, recorded)
    SELECT concat('l', leftPad(toString(intDiv(n, ${LIST})), 8, '0')) AS list,
      fromUnixTimestamp64Milli(toInt64(${BEGUN_MS} + intDiv(n, ${LIST}) * 1000)) AS at,
      concat('u', toString(who)), 'home', 'popularity', if(intDiv(n, ${LIST}) % 10 = 0, 'explore', 'champion'),
      '${FEATURES_VERSION}', n % ${LIST} AS position, concat('i', toString(cityHash64('item', n) % ${ITEMS})),
      if(intDiv(n, ${LIST}) % 10 = 0, ${1 / LIST}, NULL),
      arrayMap(k -> toFloat32(round(${unit('n', 'k')}, 5)), range(${FEATURE_NAMES.length})) AS features,
      if(who % 3 = 0, [], arrayMap(k -> concat('i', toString(cityHash64('taken', who, k) % ${ITEMS})), range(5))),
      ${unit("'click'", 'n')} < 1 / (1 + exp(-(${logit}))) AS clicked,
      clicked AND ${unit("'cart'", 'n')} < 0.3, clicked AND ${unit("'buy'", 'n')} < 0.1, false, 1,
      'bench', 0, n, at
    FROM (SELECT number + ${from} AS n, toUInt64(pow(${unit("'who'", `intDiv(number + ${from}, ${LIST})`)}, 2) * ${USERS}) AS who
      FROM numbers(${rows}))`;
}
