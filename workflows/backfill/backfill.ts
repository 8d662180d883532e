import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  continueAsNew,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { BackfillComparison, BackfillPart, SqlComparison } from '../../schemas/backfills.ts';
import { BRIEF, JUDGING, REBUILDING } from '../policies.ts';
import {
  ANEW_FOR_ALL,
  anewSince,
  type BackfillInput,
  type BackfillResult,
  type BackfillStatus,
  type BackfillStep,
  backfillQuery,
  enter,
  tell,
} from './story.ts';

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
const { recordRebuild } = proxyActivities<Activities>({ ...BRIEF, summary: 'Record it' });
const { compareStates } = proxyActivities<Activities>({ ...JUDGING, ...RESTING });

/** Makes features that were declared lately as if they had always been: from the archive, beside what serves, then at once. */
export async function backfill(input: BackfillInput): Promise<BackfillResult> {
  const { features, settle_ms } = input;
  const begun = { parts: { done: 0, of: 0 }, comparison: null, switched: false };
  const status: BackfillStatus = { features, began_ms: null, step: settle_ms ? 'wait' : 'begin', ...begun };
  setHandler(backfillQuery, () => status);
  let isWantedAgain = false;
  setHandler(anewSince, ({ since_ms }) => {
    isWantedAgain ||= features.length > 0 || (status.began_ms !== null && since_ms > status.began_ms);
  });
  const isOver = () => !isWantedAgain || CancellationScope.current().consideredCancelled;
  try {
    const result = await once(input, status);
    if (isOver()) return result;
  } catch (error) {
    if (isOver()) throw error; // else what comes now makes all of it
  }
  return continueAsNew<typeof backfill>(ANEW_FOR_ALL);
}

async function once(input: BackfillInput, status: BackfillStatus): Promise<BackfillResult> {
  const { features, anyway, settle_ms } = input;
  const run = workflowInfo().runId;
  try {
    if (settle_ms) {
      tell(status);
      await sleep(settle_ms);
    }
    const began_ms = Date.now();
    enter(Object.assign(status, { began_ms }), 'begin');
    const { partitions, least, imports } = await beginBackfill({ features });
    enter(status, 'position');
    const position = await positionBackfill({ least, imports });
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
    if (!refused) {
      await CancellationScope.nonCancellable(async () => {
        await switchOver(status, parts);
        const { generation, imports } = position;
        if (features.length === 0) await recordRebuild({ generation, began_ms, at_ms: Date.now(), imports });
      });
    }
    enter(status, 'done');
    const { generation, imports: taken } = position;
    return { features, switched: status.switched, refused, comparison, generation, imports: taken };
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
