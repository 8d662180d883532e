import type { RowStore } from '../../schemas/clickhouse.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { Watched } from '../api.ts';
import { WITHIN } from './clicks.ts';

const MOST_DRIFTS = 12;
const PLAIN_NUMBERS = `${WITHIN}, output_format_json_quote_64bit_integers = 0`;

/** What the watch over a surface's champion saw last; nothing where it has not looked yet. */
export async function watched(store: RowStore, surface: Surface): Promise<Watched | null> {
  const [look] = await store.query<Omit<Watched, 'signals' | 'drifts'>>(
    `SELECT toUnixTimestamp64Milli(at) AS at_ms, model, act, reason, outcome FROM watch_looks FINAL
     WHERE surface = {surface:String} ORDER BY at DESC LIMIT 1 ${PLAIN_NUMBERS}`,
    { surface },
  );
  if (!look) return null;
  const which = 'surface = {surface:String} AND at = fromUnixTimestamp64Milli({at_ms:Int64})';
  const [signals, drifts] = await Promise.all([
    store.query<Watched['signals'][number]>(
      `SELECT signal, state, toUnixTimestamp64Milli(since) AS since_ms, value, low, high, most, reason
       FROM watch_signals FINAL WHERE ${which} ORDER BY state = 'off', signal ${PLAIN_NUMBERS}`,
      { surface, at_ms: look.at_ms },
    ),
    store.query<Watched['drifts'][number]>(
      `SELECT feature, psi, expected, excess FROM watch_drift FINAL WHERE ${which}
       ORDER BY excess DESC LIMIT {most:UInt32} ${PLAIN_NUMBERS}`,
      { surface, at_ms: look.at_ms, most: MOST_DRIFTS },
    ),
  ]);
  return { ...look, signals, drifts };
}
