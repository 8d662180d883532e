import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defineQuery,
  isCancellation,
  patched,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { isCompared, nameOf } from '../../schemas/models/stage-names.ts';
import type { PlannedStage } from '../../schemas/models/trials.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import { type Decision, inWords, pauseUpdate, requireReason, resumeUpdate, rollbackUpdate } from '../decisions.ts';
import { BRIEF, LOOKING } from '../policies.ts';
import { PAUSE, untilLook } from './looks.ts';
import { type CanaryStatus, CanaryStory, isEnd, type PastStage, type SomeLook, type TrialOutcome } from './story.ts';

export interface CanaryInput {
  surface: Surface;
  model: string;
  /** sha256 of its manifest. */
  manifest: string;
  /** Who serves, and has to go on serving until the end. */
  champion: string;
  stages: PlannedStage[];
  reason: string;
  requestedBy: string;
  /** Who let it serve; absent where nobody was asked. */
  approvedBy?: string;
}

export interface CanaryResult {
  /** `undecided`: its time was over before anything was shown, for it or against it; the champion stays. */
  outcome: TrialOutcome;
  /** Why it ended so. */
  reason: string;
  /** Who stopped it; null where the figures did. */
  by: string | null;
  experiment: string;
  stages: PastStage[];
  /** Users who got a list that the challenger had a part in, and those lists. */
  exposed: { users: number; lists: number };
  /** Clicks that these lists brought beyond what the champion's would have, as far as is known: below 0 it cost some. */
  clicks: number;
}

export const canaryQuery = defineQuery<CanaryStatus>('status');

const { setStage, endTrial } = proxyActivities<Activities>({ ...BRIEF, summary: 'Tell the scorers who gets what' });
/** A worker that dies in a look is missed after this time: meanwhile nobody watches. */
const { measureTrial } = proxyActivities<Activities>({
  ...LOOKING,
  startToCloseTimeout: '30 seconds',
  summary: 'Look at what both bring',
});
const { promoteRanker } = proxyActivities<Activities>({ ...BRIEF, summary: 'Make it champion' });

/** Nobody is tried whom nobody can watch. */
const MOST_BLIND = 3;

/** Before, the next look at a paused trial was waited for, and what was left of that wait counted as the stage's. */
const RESUMES_AT_ONCE = 'resumes-at-once';

type End = Pick<CanaryResult, 'outcome' | 'reason' | 'by'>;

/** What people have said, and whether they are still heard. */
interface Hand {
  stop: Decision | null;
  isClosed: boolean;
}

/**
 * Tries a model on a part of the users: from stage to stage it gets more of them, as long as nothing speaks against it;
 * in the end it is champion. Whatever happens else, the champion has all users again. A stage whose time is over without a
 * word either way goes on to the next one, with more users, but for the last one that compares: its model has to have been
 * shown to be no more than the margin worse.
 */
export async function canary(input: CanaryInput): Promise<CanaryResult> {
  const { surface, model, manifest, champion, stages, reason, requestedBy, approvedBy } = input;
  const { workflowId, runId } = workflowInfo();
  const experiment = `${model}-${runId.slice(0, 8)}`;
  const story = new CanaryStory({ surface, model, champion, experiment });
  const about = { surface, model, manifest, champion, experiment, workflow: `${workflowId}/${runId}` };
  const hand: Hand = { stop: null, isClosed: false };
  let paused_ms = 0;
  handle(story, hand);

  let end: End | undefined;
  try {
    for (const planned of stages) {
      const { stage } = planned;
      story.enter(nameOf(stage));
      const at_ms = Date.now();
      await setStage({ ...about, stage, at_ms, reason, requested_by: requestedBy });
      const left = await watch(input, planned, { experiment, since_ms: at_ms, paused_ms }, story, hand);
      paused_ms = left.paused_ms;
      if (left.end) {
        end = left.end;
        break;
      }
    }
    if (!end) {
      hand.isClosed = true; // what is said from here on would change nothing
      const at_ms = Date.now();
      const { workflow } = about;
      await promoteRanker({
        ...{ surface, model, manifest, replaces: champion, at_ms, workflow, experiment, requested_by: requestedBy },
        ...(approvedBy !== undefined && { approved_by: approvedBy }),
        reason: `${reason} (asked by ${requestedBy}); ${story.status.past.at(-1)?.note ?? 'no stages'}`,
      });
      end = { outcome: 'promoted', reason: `in place of ${champion}`, by: null };
    }
  } catch (error) {
    end = { outcome: 'stopped', reason: isCancellation(error) ? 'cancelled' : 'it failed', by: null };
    throw error;
  } finally {
    const why: End = end ?? { outcome: 'stopped', reason: 'it failed', by: null };
    story.end(why.outcome);
    await CancellationScope.nonCancellable(() =>
      endTrial({ ...about, at_ms: Date.now(), reason: why.reason, requested_by: why.by ?? requestedBy }),
    );
  }
  await condition(allHandlersFinished);
  const { past, exposed, clicks } = story.status;
  return { ...end, experiment, stages: past, exposed, clicks };
}

/** @returns how the trial ends here, if it does not go on to the next stage, and how long it was paused until now */
async function watch(
  { surface, champion, stages }: CanaryInput,
  planned: PlannedStage,
  { experiment, since_ms, paused_ms }: { experiment: string; since_ms: number; paused_ms: number },
  story: CanaryStory,
  hand: Hand,
): Promise<{ end: End | undefined; paused_ms: number }> {
  const { stage, for_ms } = planned;
  const compared = stages.filter(planned => isCompared(planned.stage));
  let scales: SomeLook['scales'] = null;
  let [spent_ms, blind, missed] = [0, 0, ''];
  for (;;) {
    const began_ms = Date.now();
    const isPaused = () => story.status.paused !== null;
    const endsByResuming = isPaused() && patched(RESUMES_AT_ONCE);
    const isHeard = () => hand.stop !== null || (endsByResuming && !isPaused());
    await condition(isHeard, untilLook(stages, planned, isPaused()));
    const took_ms = Date.now() - began_ms;
    if (endsByResuming || isPaused()) paused_ms += took_ms;
    else spent_ms += took_ms; // a pause takes nothing of a stage's time
    const look: SomeLook | undefined = await measureTrial({
      ...{ surface, champion, stage, experiment, since_ms, scales },
      stages: Math.max(1, compared.length),
    }).catch(error => {
      if (isCancellation(error)) throw error;
      missed = String(error?.cause?.message ?? error);
      return undefined;
    });
    if (look) {
      [scales, blind] = [look.scales, 0];
      story.looked(look);
    } else blind++;
    const seen = { look, unseen: blind >= MOST_BLIND ? missed : null };
    const isLast = planned === compared.at(-1);
    const time = { isOver: spent_ms >= for_ms, isLast, isPaused: story.status.paused !== null, paused_ms };
    const verdict = verdictOn(seen, hand.stop, time);
    if (verdict === 'go on') continue;
    story.left(typeof verdict === 'string' ? verdict : verdict.reason);
    return { end: typeof verdict === 'string' ? undefined : verdict, paused_ms };
  }
}

/** To stop, with the reason; to go on looking; or to climb, with what speaks for it. */
function verdictOn(
  { look, unseen }: { look: SomeLook | undefined; unseen: string | null },
  stop: Decision | null,
  { isOver, isLast, isPaused, paused_ms }: { isOver: boolean; isLast: boolean; isPaused: boolean; paused_ms: number },
): End | 'go on' | (string & {}) {
  const stopped = (reason: string, by: string | null = null): End => ({ outcome: 'stopped', reason, by });
  if (stop) return stopped(inWords(stop), stop.by);
  if (unseen !== null) return stopped(`its figures could not be read: ${unseen}`);
  if (look?.decision === 'stop') return stopped(look.reason);
  if (isPaused && paused_ms >= PAUSE.most_ms)
    return stopped(`it was paused for ${PAUSE.words} in all, and may not be for longer`);
  if (!look || isPaused) return 'go on';
  if (look.decision === 'promote') return look.reason;
  if (!isOver) return 'go on';
  if (look.isBehind) return stopped(`its time is over, and it seems to be behind: ${look.reason}`);
  if (!isLast || !look.ending) return `its time is over, and nothing speaks against it: ${look.reason}`;
  const { passes, reason } = look.ending;
  if (passes) return `its time is over: ${reason}`;
  return { outcome: 'undecided', reason: `undecided when its time was over: ${reason}`, by: null };
}

function handle(story: CanaryStory, hand: Hand): void {
  const isOn = () => {
    if (hand.stop || isEnd(story.status.stage)) throw new Error('the trial has ended');
    if (hand.isClosed)
      throw new Error('the trial is over and its model is being promoted: roll it back once it serves');
  };
  setHandler(canaryQuery, () => story.status, { description: 'The stage, and what the last look saw' });
  setHandler(pauseUpdate, by => story.paused(by), {
    description: 'Keeps the challenger at its stage; it is still watched, and stopped where it is worse',
    validator: by => {
      requireReason(by);
      isOn();
      if (story.status.paused) throw new Error('the trial is paused already');
    },
  });
  setHandler(resumeUpdate, () => story.paused(null), {
    description: 'Lets a paused trial go on',
    validator: by => {
      requireReason(by);
      isOn();
      if (!story.status.paused) throw new Error('the trial is not paused');
    },
  });
  setHandler(
    rollbackUpdate,
    by => {
      hand.stop = by;
    },
    {
      description: 'Ends the trial; the champion has all users again',
      validator: by => {
        requireReason(by);
        isOn();
      },
    },
  );
}
