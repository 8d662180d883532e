import type { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';

/** A row of `promotions`: what served when, as what, by whose word and why. It is kept for ever. */
export interface AuditRow {
  surface: Surface;
  kind: 'promotion' | 'rollback' | 'trial' | 'trial ended';
  model: string;
  /** The champion that it took the place of, or is on trial against. */
  previous: string | null;
  manifest: string;
  reason: string;
  experiment: string;
  stage: string;
  requested_by: string;
  workflow: string;
  /** Who let it serve; absent where nobody was asked. */
  approved_by?: string | undefined;
  /** Its place in the succession; absent of trials. */
  number?: number | undefined;
}

/** Writes down a deed, or leaves it as it stands: an attempt that is repeated adds nothing, and a trial ends once. */
export async function writeAudit(
  { store }: Ports,
  { at_ms, ...row }: AuditRow & { at_ms: number; v?: number; signature?: unknown },
): Promise<void> {
  const { v: _v, signature: _s, ...fields } = row;
  const { surface, model, kind, experiment, stage } = fields;
  const [there] = await store.query(
    `SELECT at FROM promotions WHERE surface = {surface:String} AND model = {model:String} AND kind = {kind:String}
       AND experiment = {experiment:String} AND stage = {stage:String}
       AND (kind = 'trial ended' OR at = fromUnixTimestamp64Milli({at_ms:Int64})) LIMIT 1`,
    { surface, model, kind, experiment, stage, at_ms },
  );
  if (!there) await store.insert('promotions', [{ ...fields, at: at_ms }]);
}
