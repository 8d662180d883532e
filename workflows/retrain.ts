import { CancellationScope, defineQuery, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities, Snapshot } from '../activities/index.ts';
import type { Verdict } from '../schemas/models.ts';
import type { Surface } from '../schemas/ranking.ts';
import { BRIEF, JUDGING, READING, TRAINING } from './policies.ts';
import { type RetrainStatus, RetrainStory } from './story.ts';

export interface RetrainInput {
  surface: Surface;
  /** The same snapshot and the same seed give the same model. */
  seed: number;
  /** Why now: stands in the promotion and in its audit row. */
  reason: string;
  requestedBy: string;
  /** Train on the newest lists only; absent: on all that there are. */
  lists?: number;
  /** Only on lists of this span of time, as for a recording; absent: from the first list until now. */
  span?: { from_ms: number; until_ms: number };
}

export interface RetrainResult {
  promoted: boolean;
  /** The new model; null where the gate refused it. */
  model: string | null;
  /** Who serves from now on. */
  champion: string;
  verdict: Verdict;
  snapshot: Snapshot;
}

export const statusQuery = defineQuery<RetrainStatus>('status');

const { ensureChampion } = proxyActivities<Activities>({ ...BRIEF, summary: 'Who is champion?' });
const { snapshotExamples } = proxyActivities<Activities>({ ...READING, summary: 'Freeze the examples' });
const { trainRanker } = proxyActivities<Activities>({ ...TRAINING, summary: 'Train the candidate' });
const { evaluateRanker } = proxyActivities<Activities>({ ...JUDGING, summary: 'Judge it on later examples' });
const { registerRanker } = proxyActivities<Activities>({ ...BRIEF, summary: 'Register it with its lineage' });
const { promoteRanker } = proxyActivities<Activities>({ ...BRIEF, summary: 'Make it champion' });
const { clearTraining } = proxyActivities<Activities>({ ...BRIEF, summary: 'Clear the workbench' });

/** Trains a candidate on what happened since, judges it against who serves now, and lets it serve if it is better. */
export async function retrain(input: RetrainInput): Promise<RetrainResult> {
  const { surface, seed, reason, requestedBy, lists, span } = input;
  const { workflowId, runId: run } = workflowInfo();
  const workflow = `${workflowId}/${run}`;
  const story = new RetrainStory(surface);
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
    const candidate = await story.step(
      'train',
      () => trainRanker({ snapshot, seed, run }),
      candidate => `${candidate.bytes} bytes in ${candidate.metrics.epochs ?? '?'} epochs`,
    );
    const verdict = await story.step(
      'evaluate',
      () => evaluateRanker({ snapshot, candidate, champion: champion.model, seed }),
      verdict => story.judged(verdict),
    );
    if (!verdict.passed) return { promoted: false, model: null, champion: champion.model, verdict, snapshot };

    const registered = await story.step(
      'register',
      () => registerRanker({ surface, snapshot, candidate, parent: champion.model, seed, verdict, at_ms: Date.now() }),
      registered => story.named(registered.model),
    );
    await story.step(
      'promote',
      () =>
        promoteRanker({
          surface,
          ...registered,
          replaces: champion.model,
          at_ms: Date.now(),
          workflow,
          reason: `${reason} (asked by ${requestedBy})`,
        }),
      promotion => `in place of ${promotion.previous}`,
    );
    return { promoted: true, model: registered.model, champion: registered.model, verdict, snapshot };
  } finally {
    // What stays on a disk must not make a promotion look like a failure.
    await CancellationScope.nonCancellable(() => clearTraining({ run })).catch(() => {});
    story.end();
  }
}
