import { z } from 'zod';
import type { Signal } from '../../models/watch/decide.ts';
import type { Past } from '../../models/watch/judge.ts';
import type { Drifted } from '../../models/watch/signals/windows.ts';
import { at_ms, id } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';

/** A look at a champion, and what followed from it. */
export const RecordDeed = z.object({
  surface: Surface,
  at_ms,
  model: id,
  promoted_ms: at_ms,
  act: z.enum(['none', 'alert', 'retrain', 'rollback']),
  reason: z.string(),
  /** The workflow and its run. */
  workflow: z.string(),
  /** What the act came to; empty where nothing was done, or not yet. */
  outcome: z.string(),
});
export type RecordDeed = z.infer<typeof RecordDeed>;

/** Writes down what an act came to, in the place of the look that it followed from. */
export async function recordDeed(ports: Ports, deed: RecordDeed): Promise<void> {
  await writeDeed(ports, deed, 1);
}

/** Writes down a look before anything follows from it: who dies in between does not do it again after the cool-down. */
export async function writeLook(
  ports: Ports,
  deed: RecordDeed,
  signals: readonly Signal[],
  drifts: readonly Drifted[],
): Promise<void> {
  const { surface, at_ms: at, model, promoted_ms: promoted } = deed;
  const rows = signals.map(({ sequence, limit, isAlone, since_ms, ...signal }) => ({
    ...{ surface, at, model, promoted, since: since_ms, most: limit, alone: isAlone, ...signal },
    ...{ epoch: sequence?.epoch ?? 0, beside: sequence?.beside ?? '', scale: sequence?.scale ?? null },
  }));
  await ports.store.insert('watch_signals', rows);
  // JSON has no infinity: it is where so few users say nothing.
  const drifted = drifts.map(({ chance, ...drift }) => {
    return { surface, at, model, ...drift, chance: Math.min(chance, 1e308) };
  });
  await ports.store.insert('watch_drift', drifted);
  await writeDeed(ports, deed, 0);
}

function writeDeed({ store }: Ports, { at_ms: at, promoted_ms: promoted, ...deed }: RecordDeed, version: 0 | 1) {
  return store.insert('watch_looks', [{ ...deed, at, promoted, version }]);
}

interface SignalRow extends Omit<Signal, 'sequence' | 'limit' | 'isAlone'> {
  most: number | null;
  alone: boolean;
  epoch: number;
  beside: string;
  scale: number | null;
}

const WEEK_MS = 7 * 24 * 3_600_000;
const NUMBERS = 'SETTINGS output_format_json_quote_64bit_integers = 0';

/** What the looks before this moment left: how signals stood at the last one at this champion, and when they retrained. */
export async function readPast(
  { store }: Ports,
  { surface, model, promoted_ms, at_ms }: Pick<RecordDeed, 'surface' | 'model' | 'promoted_ms' | 'at_ms'>,
): Promise<Past> {
  const asked = { surface, model, promoted_ms, at_ms, from_ms: at_ms - WEEK_MS };
  const [last] = await store.query<{ looked_ms: number | null }>(
    `SELECT toUnixTimestamp64Milli(maxOrNull(at)) AS looked_ms FROM watch_looks
     WHERE surface = {surface:String} AND model = {model:String} AND promoted = fromUnixTimestamp64Milli({promoted_ms:Int64})
       AND at < fromUnixTimestamp64Milli({at_ms:Int64}) ${NUMBERS}`,
    asked,
  );
  const looked_ms = last?.looked_ms ?? null;
  const retrained = await store.query<{ began_ms: number }>(
    `SELECT toUnixTimestamp64Milli(at) AS began_ms FROM watch_looks FINAL
     WHERE surface = {surface:String} AND act = 'retrain' AND at < fromUnixTimestamp64Milli({at_ms:Int64})
       AND at > fromUnixTimestamp64Milli({from_ms:Int64}) ${NUMBERS}`,
    asked,
  );
  const signals = looked_ms === null ? [] : await signalsAt({ store }, surface, looked_ms);
  return { signals, looked_ms, retrained: retrained.map(({ began_ms }) => began_ms) };
}

/** The signals of a look. */
export async function signalsAt({ store }: Pick<Ports, 'store'>, surface: Surface, at_ms: number): Promise<Signal[]> {
  const rows = await store.query<SignalRow>(
    `SELECT signal, state, toUnixTimestamp64Milli(since) AS since_ms, says, value, low, high, most, reason, epoch, beside,
       scale, alone FROM watch_signals FINAL
     WHERE surface = {surface:String} AND at = fromUnixTimestamp64Milli({at_ms:Int64}) ${NUMBERS}`,
    { surface, at_ms },
  );
  return rows.map(({ most, alone, epoch, beside, scale, ...row }) => ({
    ...row,
    limit: most,
    isAlone: alone,
    sequence: scale === null ? null : { epoch, beside, scale },
  }));
}
