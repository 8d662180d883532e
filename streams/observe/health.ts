import { JOBS } from '../graph.ts';
import type { Report } from '../report.ts';
import { behind_ms } from './standing.ts';

/** A record may wait so long before its job counts as behind: what serves takes milliseconds, and archives wait a second. */
const CAUGHT_UP_MS = 10_000;

export type Phase = 'starting' | 'running' | 'stopping';

export interface Health {
  ok: boolean;
  /** Each in words; of a job that is ready too. */
  checks: Record<string, { ok: boolean; says: string }>;
}

/** Whether a job does what it is there for: started, with its partitions, caught up, and with a champion where it serves one. */
export function readiness(report: Report, phase: Phase, now_ms: number): Health {
  const checks: Health['checks'] = { started: { ok: phase === 'running', says: phase } };
  if (JOBS[report.job].reads.length > 0) {
    const { awaited, all } = report.standing;
    checks.assigned = {
      ok: phase === 'running' && awaited.length === 0,
      says: awaited.length > 0 ? `waits for ${awaited.join(', ')}` : `${all.length} partitions`,
    };
    const [last] = all
      .map(stand => ({ ...stand, behind: behind_ms(stand, now_ms) }))
      .sort((a, b) => b.behind - a.behind);
    checks.caught_up = {
      ok: (last?.behind ?? 0) <= CAUGHT_UP_MS,
      says: !last?.behind
        ? 'nothing waits'
        : `records of ${last.topic}/${last.partition} wait for ${Math.round(last.behind / 1_000)} s; ${last.lag} are left`,
    };
  }
  if (report.job === 'scorer') {
    const champion = report.notes.get('champion') ?? 'none';
    checks.champion = { ok: champion !== 'none', says: champion };
  }
  return { ok: Object.values(checks).every(({ ok }) => ok), checks };
}
