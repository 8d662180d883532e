import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import { retrainStatus, type TemporalClient } from '../../workflows/clients/client.ts';
import type { RetrainStatus } from '../../workflows/story.ts';
import type { LossPoint, TrainingRun } from '../api.ts';
import { WITHIN } from './clicks.ts';
import type { WorkflowLink } from './models.ts';

const MOST_RUNS = 20;
const MOST_POINTS = 600;

/** The newest retrainings, with each step as their memos tell it, and their losses as they were reported. */
export async function trainingRuns(
  { temporal }: TemporalClient,
  store: RowStore,
  link: WorkflowLink,
): Promise<TrainingRun[]> {
  const runs: TrainingRun[] = [];
  const query = `WorkflowType = 'retrain'`;
  for await (const { workflowId, runId, status, startTime, closeTime, memo } of temporal.workflow.list({ query })) {
    if (runs.length >= MOST_RUNS) break;
    const told = memo?.status as RetrainStatus | undefined;
    runs.push({
      ...{ workflow: workflowId, run: runId, surface: told?.surface ?? workflowId.replace(/^retrain-/, '') },
      state: status.name.toLowerCase().replace('_', ' '),
      started_ms: startTime.getTime(),
      ended_ms: closeTime?.getTime() ?? null,
      url: link(`${workflowId}/${runId}`),
      reason: typeof memo?.reason === 'string' ? memo.reason : '',
      step: told?.step ?? null,
      past: told?.past ?? [],
      model: told?.model ?? null,
      verdict: told?.verdict ?? null,
      outcome: told?.failure ?? told?.outcome ?? null,
      curve: [],
      epochs: null,
    });
  }
  const curves = await curvesOf(
    store,
    runs.map(({ run }) => run),
  );
  for (const run of runs) Object.assign(run, curves.get(run.run));
  return runs.sort((a, b) => b.started_ms - a.started_ms);
}

/** The losses of runs as they were reported, each thinned out to so many points that a chart shows. */
async function curvesOf(
  store: RowStore,
  runs: readonly string[],
): Promise<Map<string, Pick<TrainingRun, 'curve' | 'epochs'>>> {
  const rows = await store.query<LossPoint & { at_ms: string; run: string; epochs: number }>(
    `SELECT run, toUnixTimestamp64Milli(at) AS at_ms, epoch, epochs, loss, validation_loss FROM training_progress FINAL
     WHERE run IN {runs:Array(String)} ORDER BY run, at ${WITHIN}`,
    { runs },
  );
  const curves = new Map<string, Pick<TrainingRun, 'curve' | 'epochs'>>();
  for (const { run, at_ms, epoch, epochs, loss, validation_loss } of rows) {
    const known = curves.get(run) ?? { curve: [], epochs };
    known.curve.push({ at_ms: Number(at_ms), epoch, loss, validation_loss });
    curves.set(run, known);
  }
  for (const each of curves.values()) {
    const every = Math.ceil(each.curve.length / MOST_POINTS);
    each.curve = each.curve.filter((_, n) => n % every === 0 || n === each.curve.length - 1);
  }
  return curves;
}

/** Whether the newest retraining of a surface waits for somebody to approve its model. */
export async function awaitsApproval(
  client: TemporalClient,
  surface: Surface,
): Promise<{ model: string | null } | null> {
  try {
    const { state, step, model } = await retrainStatus(client, surface);
    return state === 'running' && step === 'approve' ? { model } : null;
  } catch (error) {
    if (error instanceof TemperError && error.code === 'INPUT_INVALID') return null; // it was never retrained
    throw error;
  }
}

/** A Temporal that is gone is told as such. */
export function whereTemporalIs<T>(asked: Promise<T>, address: string): Promise<T> {
  return asked.catch(cause => {
    if (!isGrpcServiceError(cause) && !(cause instanceof ServiceError)) throw cause;
    throw new TemperError('UNREACHABLE', { where: `Temporal ${address}`, next: 'Is it running?', cause });
  });
}
