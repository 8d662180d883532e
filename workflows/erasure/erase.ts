import { condition, patched, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { Erasing, ErasureState } from '../../schemas/erasures.ts';
import { rebuildAll } from '../backfill/rebuild-all.ts';
import { BRIEF } from '../policies.ts';
import { askedAgain, type EraseInput, type EraseStatus, enter, tell } from './story.ts';
import { trainAnew } from './train-anew.ts';

/** Beyond the clocks' differences; and whoever restores features meanwhile has read the snapshots that were there. */
const SETTLING = '30 seconds';
/** Soon again, then once a minute; what is trained on is waited for, and a training ends within so many looks. */
const AGAIN_MS = { step: 10_000, most: 60_000 };
const MOST_LOOKS = 240;
const MOST_TELLINGS = 3;

/** Deleting rewrites tables, scanning reads logs: it tells that it lives. */
const ERASING = {
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry: BRIEF.retry,
} as const;

const { markErased } = proxyActivities<Activities>({ ...BRIEF, summary: 'Tell the jobs to begin anew' });
const { recordErasure } = proxyActivities<Activities>({ ...BRIEF, summary: 'Record it' });
const { awaitReaders } = proxyActivities<Activities>({
  ...ERASING,
  summary: 'Wait until all have read what there was',
});
const { markAgain } = proxyActivities<Activities>({ ...ERASING, summary: 'Tell them again, and wait for the states' });
const { eraseRows, eraseSnapshots, cutLogs, scanStores } = proxyActivities<Activities>(ERASING);

/**
 * Erases what was recorded of a user until now: tells the jobs, waits until nobody has anything of before in work, deletes
 * rows, snapshots and records, and scans all stores. It ends when the scan finds nothing: where logs are not cut, that is
 * when they have expired.
 */
export async function erase(input: EraseInput): Promise<EraseStatus> {
  const begun = { asked: 1, until_ms: null, left: [], deeds: null, rebuilt: false, retrained: null };
  const status: EraseStatus = { state: 'running', step: 'tell', ...begun };
  let asked = 1;
  let isCut = input.cutLogs;
  let isToRebuild = input.rebuild ?? false;
  let { retrain } = input;
  setHandler(askedAgain, again => {
    asked++;
    isCut ||= again.cutLogs;
    isToRebuild ||= again.rebuild ?? false;
    retrain ??= again.retrain;
  });
  const asked_ms = Date.now();
  const record = async (state: Exclude<ErasureState, 'running'>) => {
    const { erasure, by, reason } = input;
    if (isToRebuild && !status.rebuilt && state !== 'incomplete') {
      await rebuildAll('a user was erased');
      status.rebuilt = true;
    }
    const until_ms = status.until_ms ?? asked_ms;
    const left = status.left.map(({ where }) => where);
    const deeds = await recordErasure({ erasure, asked_ms, until_ms, by, reason, state, left, at_ms: Date.now() });
    const isToTrain = retrain && status.retrained === null;
    const isAtOnce = isToTrain && patched(TRAINS_AT_ONCE);
    if (isAtOnce) status.retrained = await trainAnew(deeds.models, by, retrain!);
    enter(status, { state, step: state === 'expiring' ? 'wait' : 'done', deeds });
    if (isToTrain && !isAtOnce && state !== 'expiring') await trainAnew(deeds.models, by, retrain!);
  };
  for (let tellings = 1; ; tellings++) {
    if (asked > status.asked) tellings = 1;
    enter(status, { state: 'running', asked, rebuilt: false, retrained: null });
    const erasing = await drain(input, isCut, status);
    await deleteAll(erasing, isCut, status);
    // Records of others go with their logs, by no cut.
    if (
      status.left.length > 0 &&
      status.left.every(({ expires_ms, ofOthers }) => expires_ms !== null && (!isCut || ofOthers))
    ) {
      await record('expiring');
      const heard = status.asked;
      while (status.left.length > 0 && asked === heard) {
        const gone_ms = Math.max(...status.left.map(({ expires_ms }) => expires_ms ?? 0));
        await condition(() => asked > heard, Math.max(gone_ms - Date.now(), DAY_MS));
        if (asked === heard) await deleteAll(erasing, isCut, status);
      }
    }
    if (asked > status.asked) continue;
    if (status.left.length === 0 || tellings === MOST_TELLINGS) break;
  }
  await record(status.left.length === 0 ? 'erased' : 'incomplete');
  return status;
}

const DAY_MS = 86_400_000;

/** Runs of before the jobs were told again go on without it; so do those of before what follows. */
const MARKS_AGAIN = 'marks-again';
const CUTS_BEHIND_READERS = 'cuts-behind-readers';
/** Before, that was only when the logs had expired. */
const TRAINS_AT_ONCE = 'trains-at-once';

/**
 * Nothing of before is on its way any more, all that there is of the user was recorded by then, and states begin there.
 * Where logs are cut, all have read up to there too: what a job may yet have to read again is cut by nobody.
 */
async function drain({ erasure }: EraseInput, isCut: boolean, status: EraseStatus): Promise<Erasing> {
  enter(status, { step: 'tell' });
  const stages = await markErased({ erasure, at_ms: Date.now() });
  enter(status, { step: 'rows' });
  await eraseRows({ erasure, until_ms: Date.now() }); // most of it need not wait
  const readers = async () => {
    enter(status, { step: 'read' });
    for (let stage = 0; stage < stages; stage++) await awaitReaders({ erasure, stage });
  };
  await readers();
  await sleep(SETTLING);
  if (!patched(MARKS_AGAIN)) {
    status.until_ms = Date.now();
    return { erasure, until_ms: status.until_ms };
  }
  enter(status, { step: 'tell' });
  const until_ms = await markAgain({ erasure, at_ms: Date.now() });
  enter(status, { until_ms });
  await sleep(SETTLING);
  const forgotten_ms = Date.now();
  if (isCut && patched(CUTS_BEHIND_READERS)) await readers();
  return { erasure, until_ms, forgotten_ms };
}

/** Deletes until a scan finds nothing, or only what goes by itself. */
async function deleteAll(erasing: Erasing, isCut: boolean, status: EraseStatus): Promise<void> {
  for (let looks = 1; ; looks++) {
    enter(status, { step: 'rows' });
    await eraseRows(erasing);
    enter(status, { step: 'snapshots' });
    await eraseSnapshots(erasing);
    if (isCut) {
      enter(status, { step: 'logs' });
      await cutLogs(erasing);
    }
    enter(status, { step: 'scan' });
    status.left = await scanStores(erasing);
    tell(status);
    if (status.left.every(({ expires_ms }) => expires_ms !== null) || looks === MOST_LOOKS) return;
    enter(status, { step: 'wait' });
    await sleep(Math.min(looks * AGAIN_MS.step, AGAIN_MS.most));
  }
}
