import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, isCancellation, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities, WatchLook } from '../../activities/index.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import { BRIEF, LOOKING } from '../policies.ts';
import { retrainOn } from '../retrain-on.ts';
import { rollback } from '../rollback.ts';
import { tellLook, tellOutcome } from './story.ts';

export interface WatchInput {
  surface: Surface;
  /** Nothing is written down, and nothing follows: somebody only wants to see. */
  isDry: boolean;
}

export interface WatchResult {
  /** Null where nobody serves. */
  look: WatchLook | null;
  /** What the act came to; empty where there was none. */
  outcome: string;
}

const { lookAtChampion } = proxyActivities<Activities>({
  ...LOOKING,
  startToCloseTimeout: '10 minutes',
  summary: 'Look at the champion',
});
const { recordDeed } = proxyActivities<Activities>({ ...BRIEF, summary: 'Write down what followed' });

/** In the name of whom it acts. */
const BY = 'watch';

/**
 * One look at the champion of a surface, and what follows from it: a schedule begins it again and again. Whether anything
 * follows is said by the look, which knows the policy and what earlier looks left; here it is done, and written down.
 */
export async function watch({ surface, isDry }: WatchInput): Promise<WatchResult> {
  const { workflowId, runId } = workflowInfo();
  const workflow = `${workflowId}/${runId}`;
  const look = await lookAtChampion({ surface, at_ms: Date.now(), workflow, isDry });
  tellLook(surface, look);
  if (!look || isDry || look.act === 'none' || look.act === 'alert') return { look, outcome: '' };
  const { act, outcome } = look.act === 'retrain' ? await retrainFor(look) : await rollBackFor(look);
  const acted = { ...look, act };
  tellOutcome(acted, outcome);
  const { signals: _signals, drifts: _drifts, retraining: _retraining, ...deed } = acted;
  await recordDeed({ ...deed, outcome });
  return { look: acted, outcome };
}

/** What was done, and what it came to. */
type Followed = Pick<WatchLook, 'act'> & Pick<WatchResult, 'outcome'>;

/** The wait for the next retraining is that of those that signals began: where one runs already, none did. */
async function retrainFor({ surface, reason, retraining }: WatchLook): Promise<Followed> {
  const { started } = await retrainOn({ surface, reason, requestedBy: BY, ...retraining });
  if (!started) return { act: 'alert', outcome: 'a retraining runs already' };
  return { act: 'retrain', outcome: 'a retraining has begun' };
}

/** A rollback that can't be is told; the next look sees what serves then. */
async function rollBackFor({ surface, reason, model }: WatchLook): Promise<Followed> {
  const came = (outcome: string): Followed => ({ act: 'rollback', outcome });
  try {
    const { to } = await executeChild(rollback, {
      workflowId: `rollback-${surface}`,
      args: [{ surface, champion: model, by: BY, reason }],
      memo: { reason, requestedBy: BY },
      staticSummary: `Roll back ${surface}: ${reason}`.slice(0, 200),
    });
    return came(`${to} serves again`);
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (error instanceof WorkflowExecutionAlreadyStartedError) return came('a rollback runs already');
    return came(`no rollback: ${innermost(error)}`);
  }
}

function innermost(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? String(error instanceof Error ? error.message : error) : innermost(cause);
}
