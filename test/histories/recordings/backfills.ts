import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { anewSince, BACKFILL_ID } from '../../../workflows/backfill/story.ts';
import { ALL_ANEW, backfillResult, cancelBackfill, startBackfill } from '../../../workflows/clients/backfill.ts';
import { AGREEING } from '../../workflows/stand-ins.ts';
import { type Recorder, until, withStandIns } from './recorder.ts';
import { requireThat } from './retrainings.ts';

const ONE = { features: ['user.clicks.1d'], anyway: false };

/** The ways of a backfill. Real steps need the jobs: the history of these is the run of `backfill.long.test.ts`. */
export async function backfills(to: Recorder): Promise<void> {
  let [differs, isSlow, isLacking] = [false, false, 1];
  const steps: string[] = [];
  const replaced = {
    compareStates: async () => ({ ...AGREEING, different: differs ? 3 : 0 }),
    publishStates: async () => isLacking-- > 0 ? 7 : 0,
    async rebuildStates() {
      steps.push('rebuild');
      while (isSlow) {
        Context.current().heartbeat();
        Context.current().cancellationSignal.throwIfAborted();
        await sleep(100);
      }
    },
  };
  await withStandIns(to, replaced, async client => {
    const run = async (what: string, input = ONE) => {
      await startBackfill(client, input);
      const { runId } = await client.temporal.workflow.getHandle(BACKFILL_ID).describe();
      return { write: () => to.write(client, { workflow: 'backfill', what, id: BACKFILL_ID, runId }) };
    };
    const rebuilding = () => until('rebuilding', async () => steps.length > 0);

    const all = await run('all', ALL_ANEW);
    requireThat((await backfillResult(client)).switched, 'a switch');
    await all.write();

    differs = true;
    const refused = await run('refused');
    requireThat((await backfillResult(client)).refused === 'other features', 'a refusal');
    await refused.write();

    [differs, isSlow, steps.length] = [false, true, 0];
    const cancelled = await run('cancelled');
    await rebuilding();
    await cancelBackfill(client);
    await backfillResult(client).catch(() => {});
    await cancelled.write();

    steps.length = 0;
    const again = await run('again');
    await rebuilding();
    await client.temporal.workflow.getHandle(BACKFILL_ID).signal(anewSince, { since_ms: Date.now() });
    isSlow = false;
    await until('run behind it', async () => {
      const { raw } = await client.temporal.workflow.getHandle(BACKFILL_ID).describe();
      return raw.workflowExecutionInfo?.firstRunId !== raw.workflowExecutionInfo?.execution?.runId;
    });
    await again.write();
    await client.temporal.workflow.getHandle(BACKFILL_ID).terminate();
  });
}
