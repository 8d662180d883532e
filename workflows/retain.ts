import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities, Retained } from '../activities/index.ts';
import { READING } from './policies.ts';

const activities = proxyActivities<Activities>({ ...READING, summary: 'How long things are kept' });

/** Lets go what was kept for as long as the policy says. */
export async function retain(): Promise<Retained> {
  const retained = await activities.retain({ now_ms: Date.now() });
  const { tables, snapshots, candidates } = retained;
  setCurrentDetails(
    `${tables.length} tables told, ${snapshots.length} snapshots and ${candidates.length} candidates removed`,
  );
  return retained;
}
