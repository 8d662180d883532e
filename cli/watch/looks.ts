import { signalsAt } from '../../activities/watch/record.ts';
import type { Signal } from '../../models/watch/decide.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';

/** A look that was written down. */
export interface WrittenLook {
  at_ms: number;
  model: string;
  act: string;
  reason: string;
  outcome: string;
  workflow: string;
}

export interface Looks {
  last: (WrittenLook & { signals: Signal[] }) | null;
  /** What followed from looks of the last hours, newest first. */
  deeds: WrittenLook[];
}

const COLUMNS = 'toUnixTimestamp64Milli(at) AS at_ms, model, act, reason, outcome, workflow';

/** What the watch over a surface has seen last, and did in the last hours. */
export async function looksOf(store: RowStore, surface: Surface, hours: number): Promise<Looks> {
  const asked = { surface, minutes: Math.ceil(hours * 60) };
  const numbers = 'SETTINGS output_format_json_quote_64bit_integers = 0';
  const [last] = await store.query<WrittenLook>(
    `SELECT ${COLUMNS} FROM watch_looks FINAL WHERE surface = {surface:String} ORDER BY at DESC LIMIT 1 ${numbers}`,
    asked,
  );
  const deeds = await store.query<WrittenLook>(
    `SELECT ${COLUMNS} FROM watch_looks FINAL WHERE surface = {surface:String} AND act IN ('retrain', 'rollback')
       AND at >= now64(3) - INTERVAL {minutes:UInt32} MINUTE ORDER BY at DESC ${numbers}`,
    asked,
  );
  return { last: last ? { ...last, signals: await signalsAt({ store }, surface, last.at_ms) } : null, deeds };
}

/** One line of it. */
export function looksSaid({ last }: Looks): string {
  if (!last) return 'not looked at yet';
  const named = (state: string) => last.signals.filter(signal => signal.state === state).map(({ signal }) => signal);
  const [on, rising] = [named('on'), named('rising')];
  const found = [
    ...(on.length > 0 ? [`on: ${on.join(', ')}`] : []),
    ...(rising.length > 0 ? [`rising: ${rising.join(', ')}`] : []),
  ];
  const words = found.length > 0 ? found.join('; ') : 'well';
  const acted = last.act === 'retrain' || last.act === 'rollback' ? `, ${last.act}: ${last.outcome}` : '';
  return `${last.model} ${words}${acted} (${timeSaid(last.at_ms)} UTC; \`temper watch\`)`;
}

export function timeSaid(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 19).replace('T', ' ');
}
