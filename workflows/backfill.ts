import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { BackfillComparison, BackfillPart, SqlComparison } from '../schemas/backfills.ts';
import { BRIEF, JUDGING, REBUILDING } from './policies.ts';

export interface BackfillInput {
  /** Names of declared aggregates that are to be as if they had always been declared. */
  features: string[];
  /** Switch even where other features would change too. */
  anyway: boolean;
}

export type BackfillStep = 'begin' | 'position' | 'rebuild' | 'compare' | 'switch' | 'done';

export interface BackfillStatus {
  features: string[];
  step: BackfillStep;
  /** Parts of this step that are done: each entity's partitions, of which there are so many. */
  parts: { done: number; of: number };
  comparison: BackfillComparison | null;
  switched: boolean;
}

export interface BackfillResult {
  features: string[];
  /** Whether the states serve now. */
  switched: boolean;
  /** Why they do not: the declared SQL makes something else of the same events, or other features would change too. */
  refused: 'not as the SQL' | 'other features' | null;
  comparison: BackfillComparison;
  generation: number;
}

export const backfillQuery = defineQuery<BackfillStatus>('status');

/** Of the values that are not to change so many may differ: what jobs lost once, the archive has. */
const MOST_DIFFERENT = 1e-4;
/** So many may be other than the declared SQL has them; none should be, and nobody can ask for it to be overlooked. */
const MOST_WRONG = 1e-3;
const NOTHING_BY_SQL: SqlComparison = { keys: 0, compared: 0, different: 0, example: null };
/** Whoever works on a partition has restored it by then, and written what it had under way. */
const SETTLING = '10 seconds';
/** Switching is over after two, unless somebody goes on writing what was before. */
const MOST_ROUNDS = 20;

/** It holds no thread for long, and rests for as long as lists are late. What it reads is cleared only when it has stopped. */
const RESTING = { startToCloseTimeout: '2 hours', cancellationType: 'WAIT_CANCELLATION_COMPLETED' } as const;

const { beginBackfill, clearBackfill } = proxyActivities<Activities>(BRIEF);
const { positionBackfill } = proxyActivities<Activities>({
  ...BRIEF,
  summary: 'Behind all records of other declarations',
});
const { rebuildStates } = proxyActivities<Activities>(REBUILDING);
const { publishStates } = proxyActivities<Activities>(JUDGING);
const { compareStates } = proxyActivities<Activities>({ ...JUDGING, ...RESTING });

/** Makes features that were declared lately as if they had always been: from the archive, beside what serves, then at once. */
export async function backfill({ features, anyway }: BackfillInput): Promise<BackfillResult> {
  const status: BackfillStatus = {
    features,
    step: 'begin',
    parts: { done: 0, of: 0 },
    comparison: null,
    switched: false,
  };
  setHandler(backfillQuery, () => status);
  const run = workflowInfo().runId;
  try {
    tell(status);
    const { partitions, least } = await beginBackfill({ features });
    enter(status, 'position');
    const position = await positionBackfill({ least });
    const parts = (['user', 'item'] as const).flatMap(entity =>
      Array.from({ length: partitions }, (_, partition): BackfillPart => ({ run, position, entity, partition })),
    );

    await each(status, 'rebuild', parts, part => rebuildStates(part));

    const comparisons: BackfillComparison[] = [];
    await each(status, 'compare', parts, async part => comparisons.push(await compareStates({ part, features })));
    const comparison = together(comparisons);
    status.comparison = comparison;

    const refused = reasonAgainst(comparison, anyway);
    // Half a switch is right, but nobody wants one: who asks for an end now gets it when it is over.
    if (!refused) await CancellationScope.nonCancellable(() => switchOver(status, parts));
    enter(status, 'done');
    return { features, switched: status.switched, refused, comparison, generation: position.generation };
  } catch (error) {
    // An attempt that was waited for may have failed by itself: it is not made again, and that is not why this ends.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('before anything was switched');
    throw error;
  } finally {
    await CancellationScope.nonCancellable(() => clearBackfill(run));
  }
}

function reasonAgainst({ bySql, compared, different }: BackfillComparison, anyway: boolean): BackfillResult['refused'] {
  if (bySql.different > MOST_WRONG * bySql.compared) return 'not as the SQL';
  return !anyway && different > MOST_DIFFERENT * compared ? 'other features' : null;
}

async function switchOver(status: BackfillStatus, parts: readonly BackfillPart[]): Promise<void> {
  for (let round = 1, lacking = 1; lacking > 0; round++) {
    if (round > MOST_ROUNDS) throw overtaken(lacking);
    lacking = 0;
    await each(status, 'switch', parts, async part => {
      lacking += await publishStates(part);
    });
    if (lacking > 0) await sleep(SETTLING);
  }
  status.switched = true;
}

function overtaken(buckets: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `somebody goes on writing snapshots of before: ${buckets} buckets the last time`,
    type: 'OVERTAKEN',
    nonRetryable: true,
    details: [
      {
        code: 'OVERTAKEN',
        got: `${buckets} buckets of before, again and again`,
        next: 'Stop jobs of an older Temper, and start the backfill again',
      },
    ],
  });
}

/** One part after the other: beside those who serve a backfill has one core at most. */
async function each(
  status: BackfillStatus,
  step: BackfillStep,
  parts: readonly BackfillPart[],
  work: (part: BackfillPart) => Promise<unknown>,
): Promise<void> {
  enter(status, step, parts.length);
  for (const part of parts) {
    await work(part);
    status.parts.done++;
    tell(status);
  }
}

function enter(status: BackfillStatus, step: BackfillStep, of = 0): void {
  status.step = step;
  status.parts = { done: 0, of };
  tell(status);
}

function tell({ step, parts, comparison, ...status }: BackfillStatus): void {
  upsertMemo({ status: { ...status, step, parts, comparison } });
  const lines = [`**${step}**${parts.of > 0 ? `: ${parts.done} of ${parts.of} partitions` : ''}`];
  if (comparison) {
    const { keys, changed, compared, different, example, bySql } = comparison;
    lines.push(
      `- ${bySql.different} of ${bySql.compared} values of ${bySql.keys} keys are not as the declared SQL has them`,
      `- ${changed} of ${keys} keys get what they lack`,
      `- ${different} of ${compared} values of other features differ${example ? `, such as ${example.feature} of ${example.key}` : ''}`,
    );
  }
  setCurrentDetails(lines.join('\n'));
}

function together(comparisons: readonly BackfillComparison[]): BackfillComparison {
  return comparisons.reduce((all, each) => ({
    keys: all.keys + each.keys,
    compared: all.compared + each.compared,
    different: all.different + each.different,
    example: all.example ?? each.example,
    changed: all.changed + each.changed,
    bySql: bothBySql(all, each),
  }));
}

/** Runs that began before there was this comparison go on without. */
function bothBySql(
  { bySql: a = NOTHING_BY_SQL }: BackfillComparison,
  { bySql: b = NOTHING_BY_SQL }: BackfillComparison,
) {
  return {
    keys: a.keys + b.keys,
    compared: a.compared + b.compared,
    different: a.different + b.different,
    example: a.example ?? b.example,
  };
}
