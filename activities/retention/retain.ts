import { z } from 'zod';
import { readPolicies } from '../../schemas/policies/policies.ts';
import { at_ms } from '../../schemas/topics/events.ts';
import type { Ports } from '../ports.ts';
import { retainCandidates, retainSnapshots } from './files.ts';
import { retainTables } from './tables.ts';

export const Retain = z.object({ now_ms: at_ms });

/** What was told, and what has gone. */
export interface Retained {
  tables: string[];
  snapshots: string[];
  /** Those that cannot be reproduced any more. */
  models: string[];
  candidates: string[];
}

/** Holds tables and files to the policy that the shop has written. Topics are told as jobs start. */
export async function retain(ports: Ports, { now_ms }: z.infer<typeof Retain>): Promise<Retained> {
  const { retention } = readPolicies(ports.config.policy);
  return {
    tables: await retainTables(ports.store, retention),
    ...(await retainSnapshots(ports, retention.snapshots, now_ms)),
    candidates: await retainCandidates(ports, retention.candidates, now_ms),
  };
}
