import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  defineQuery,
  executeChild,
  ParentClosePolicy,
  patched,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities, Snapshot } from '../activities/index.ts';
import type { Verdict } from '../schemas/models/models.ts';
import { startInWords } from '../schemas/models/start-words.ts';
import type { PlannedStage } from '../schemas/models/trials.ts';
import type { Surface } from '../schemas/topics/ranking.ts';
import { type CanaryResult, canary } from './canary/canary.ts';
import { approveUpdate, type Decision, inWords, rejectUpdate, requireReason } from './decisions.ts';
import { BRIEF, JUDGING, READING, TRAINING } from './policies.ts';
import { type RetrainStatus, RetrainStory } from './story.ts';

export interface RetrainInput {
  surface: Surface;
  /** The same snapshot, seed and champion give the same model; begun cold, any champion does. */
  seed: number;
  /** Why now: stands in the promotion and in its audit row. */
  reason: string;
  requestedBy: string;
  /** Train on the newest lists only; absent: on all that there are. */
  lists?: number;
  /** Only on lists of this span of time, as for a recording; absent: from the first list until now. */
  span?: { from_ms: number; until_ms: number };
  /** Begin from first parameters of its own, whoever serves; absent: from the champion's, where they fit. */
  cold?: boolean;
  /** Somebody has to approve it before it serves anybody. */
  approval?: boolean;
  /** What it goes through beside the champion before it is promoted; absent or empty: it is promoted at once. */
  trial?: PlannedStage[];
}

export interface RetrainResult {
  promoted: boolean;
  /** The new model; null where the gate refused it. */
  model: string | null;
  /** Who serves from now on. */
  champion: string;
  verdict: Verdict;
  snapshot: Snapshot;
  /** How somebody decided; absent where nobody was asked. */
  approval?: Decision & { approved: boolean };
  /** How its trial ended; absent where there was none. */
  trial?: CanaryResult;
}

export const statusQuery = defineQuery<RetrainStatus>('status');

const { ensureChampion } = proxyActivities<Activities>({ ...BRIEF, summary: 'Who is champion?' });
const { snapshotExamples } = proxyActivities<Activities>({ ...READING, summary: 'Freeze the examples' });
const { validateSnapshot } = proxyActivities<Activities>({ ...JUDGING, summary: 'Judge the examples' });
const { trainRanker } = proxyActivities<Activities>({ ...TRAINING, summary: 'Train the candidate' });
const { evaluateRanker } = proxyActivities<Activities>({ ...JUDGING, summary: 'Judge it on later examples' });
const { registerRanker } = proxyActivities<Activities>({ ...BRIEF, summary: 'Register it with its lineage' });
const { promoteRanker } = proxyActivities<Activities>({ ...BRIEF, summary: 'Make it champion' });
const { clearTraining } = proxyActivities<Activities>({ ...BRIEF, summary: 'Clear the workbench' });

/** Runs of before examples were judged go on without it. */
const JUDGES_EXAMPLES = 'judges-examples';

/** Trains a candidate on what happened since, judges it against who serves now, and lets it serve if it is better. */
export async function retrain(input: RetrainInput): Promise<RetrainResult> {
  const { surface, seed, reason, requestedBy, lists, span } = input;
  const { workflowId, runId: run } = workflowInfo();
  const workflow = `${workflowId}/${run}`;
  const story = new RetrainStory(surface);
  const wait: Wait = { isOpen: false, said: undefined };
  handle(wait);
  setHandler(statusQuery, () => story.status, { description: 'The step, what is done, and the verdict' });

  try {
    const champion = await story.step(
      'champion',
      () => ensureChampion({ surface, workflow, at_ms: Date.now() }),
      champion => `${champion.model} serves`,
    );
    const snapshot = await story.step(
      'snapshot',
      () => snapshotExamples({ surface, until_ms: Date.now(), ...span, ...(lists === undefined ? {} : { lists }) }),
      snapshot => `${snapshot.lists} lists with ${snapshot.clicks} clicks`,
    );
    if (patched(JUDGES_EXAMPLES)) {
      const verdict = await story.step(
        'validate',
        () => validateSnapshot({ surface, snapshot, champion: champion.model }),
        verdict => (verdict.passed ? 'fit to be trained on' : story.judged(verdict)),
      );
      if (!verdict.passed) return { promoted: false, model: null, champion: champion.model, verdict, snapshot };
    }
    const candidate = await story.step(
      'train',
      () => trainRanker({ snapshot, seed, run, champion: champion.model, cold: input.cold ?? false }),
      ({ bytes, metrics, start }) =>
        `${bytes} bytes in ${metrics.epochs ?? '?'} epochs${start ? `, ${startInWords(start)}` : ''}`,
    );
    const verdict = await story.step(
      'evaluate',
      () => evaluateRanker({ surface, snapshot, candidate, champion: champion.model, seed }),
      verdict => story.judged(verdict),
    );
    const outcome = { model: null, champion: champion.model, verdict, snapshot };
    if (!verdict.passed) return { promoted: false, ...outcome };

    const registered = await story.step(
      'register',
      () => registerRanker({ surface, snapshot, candidate, parent: champion.model, seed, verdict, at_ms: Date.now() }),
      registered => story.named(registered.model),
    );
    const { model } = registered;
    const asked = input.approval ? await story.step('approve', () => approval(wait), said) : undefined;
    const more = asked && { approval: asked };
    if (asked && !asked.approved) {
      story.ended(said(asked));
      return { promoted: false, ...outcome, model, ...more };
    }
    const why = asked ? `${reason}; ${said(asked)}` : reason;
    const served = { promoted: true, ...outcome, model, champion: model, ...more };
    if (input.trial && input.trial.length > 0) {
      const { trial: stages } = input;
      const trial = await story.step(
        'trial',
        () =>
          executeChild(canary, {
            workflowId: `canary-${surface}`,
            args: [
              {
                surface,
                ...registered,
                champion: champion.model,
                stages,
                reason: why,
                requestedBy,
                ...(asked && { approvedBy: asked.by }),
              },
            ],
            memo: { reason, requestedBy },
            staticSummary: `Try ${model} on ${surface}`,
            parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
            cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
          }),
        told,
      );
      story.ended(`${told(trial)}: ${trial.outcome === 'promoted' ? model : trial.reason}`);
      if (trial.outcome === 'promoted') return { ...served, trial };
      return { promoted: false, ...outcome, model, ...more, trial };
    }
    await story.step(
      'promote',
      () =>
        promoteRanker({
          surface,
          ...registered,
          replaces: champion.model,
          at_ms: Date.now(),
          workflow,
          requested_by: requestedBy,
          ...(asked && { approved_by: asked.by }),
          reason: `${why} (asked by ${requestedBy})`,
        }),
      promotion => `in place of ${promotion.previous}`,
    );
    story.ended(`promoted ${model}`);
    return served;
  } finally {
    // What stays on a disk must not make a promotion look like a failure.
    await CancellationScope.nonCancellable(() => clearTraining({ run })).catch(() => {});
    story.end();
  }
}

/** Whether somebody is waited for, and what he said. */
interface Wait {
  isOpen: boolean;
  said: (Decision & { approved: boolean }) | undefined;
}

/** Who does not decide within this time refuses. */
const APPROVAL = '7 days';

async function approval(wait: Wait): Promise<Decision & { approved: boolean }> {
  wait.isOpen = true;
  try {
    await condition(() => wait.said !== undefined, APPROVAL);
  } finally {
    wait.isOpen = false;
  }
  return wait.said ?? { approved: false, by: 'nobody', reason: `nobody decided within ${APPROVAL}` };
}

function handle(wait: Wait): void {
  const validator = (decision: Decision) => {
    requireReason(decision);
    if (!wait.isOpen || wait.said) throw new Error('no model waits for approval');
  };
  const decide = (approved: boolean) => (decision: Decision) => {
    wait.said = { ...decision, approved };
  };
  setHandler(approveUpdate, decide(true), { description: 'Lets the model serve', validator });
  setHandler(rejectUpdate, decide(false), { description: 'Keeps the model from serving', validator });
}

function said({ approved, ...decision }: Decision & { approved: boolean }): string {
  return `${approved ? 'approved' : 'rejected'}: ${inWords(decision)}`;
}

function told({ outcome, exposed, clicks }: CanaryResult): string {
  const cost = clicks < 0 ? `, which cost some ${-clicks} clicks` : '';
  return outcome === 'promoted'
    ? `promoted after ${exposed.users} users had tried it`
    : `${outcome} after ${exposed.users} users had ${exposed.lists} of its lists${cost}`;
}
