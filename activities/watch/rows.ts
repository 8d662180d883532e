import { NO_FEATURES, type Surface } from '../../schemas/topics/ranking.ts';

/** Lists of a surface in a span of time, of the champion of that time. */
export interface Span {
  surface: Surface;
  model: string;
  from_ms: number;
  until_ms: number;
}

export const IN_SPAN = `surface = {surface:String} AND at >= fromUnixTimestamp64Milli({from_ms:Int64})
  AND at < fromUnixTimestamp64Milli({until_ms:Int64})`;

/**
 * Lists that the champion should have ordered, and users who are on no trial. Requests that waited for too long are
 * answered without any model, whoever's they are, and by the scorer's load, not by the champion's fault.
 */
export const MEANT = `arm IN ('champion', 'fallback') AND assigned IN ('', 'champion')
  AND features_version != '${NO_FEATURES}'`;

/** Of these, those that it ordered itself. */
export const OWN = `${IN_SPAN} AND arm = 'champion' AND assigned IN ('', 'champion') AND model = {model:String}`;

/** A look waits for nobody and stands behind all that somebody waits for. */
export const BEHIND = 'SETTINGS max_threads = 1, priority = 10, output_format_json_quote_64bit_integers = 0';

/**
 * Rows of a span, drawn by a hash: a user, and the values of the features of an item that he was shown, as logged, with
 * its score behind them.
 */
export const SAMPLED = `(SELECT user, arrayPushBack(row, score) AS values FROM (
  SELECT user, row, score FROM (
    SELECT list, user, features, scores, items FROM ranked_lists FINAL WHERE ${OWN}
      AND notEmpty(items) AND length(features) = length(items) AND length(scores) = length(items))
  ARRAY JOIN features AS row, scores AS score, arrayEnumerate(items) AS place
  ORDER BY cityHash64(list, place) LIMIT {rows:UInt32}))`;

/** Rows of a sample. */
export const MOST_ROWS = 8_000;
