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
  /** Its place in the succession; absent of trials. */
  number?: number | undefined;
}

/** @param token the same for the same deed: an attempt that is repeated adds nothing */
export async function writeAudit(
  { store }: Ports,
  { at_ms, ...row }: AuditRow & { at_ms: number; v?: number; signature?: unknown },
  token: string,
): Promise<void> {
  const { v: _v, signature: _s, ...fields } = row;
  await store.insert('promotions', [{ ...fields, at: at_ms }], token);
}
