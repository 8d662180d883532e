import {
  Client,
  Connection,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { defaultPayloadConverter, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { z } from 'zod';
import { fromFailure } from '../../activities/failure.ts';
import { TemperError } from '../../schemas/errors.ts';
import { PlannedStage } from '../../schemas/models/trials.ts';
import { OPEN, type TemporalAccess } from '../../schemas/settings/connections.ts';
import { at_ms, id } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { TASK_QUEUE } from '../places.ts';
import type { RetrainInput, RetrainResult, retrain } from '../retrain.ts';
import { connectionOf, explainRefusal, requireEntry } from '../secure.ts';
import type { RetrainStatus } from '../story.ts';

export type { RetrainInput, RetrainResult, RetrainStatus };

/** What may be asked for. Workflow code carries no zod, so it is checked where it comes in. */
const RetrainRequest = z.strictObject({
  surface: Surface,
  seed: z.int().nonnegative(),
  reason: z.string().min(1).max(500),
  requestedBy: id,
  lists: z.int().positive().optional(),
  span: z.strictObject({ from_ms: at_ms, until_ms: at_ms }).optional(),
  cold: z.boolean().default(false),
  approval: z.boolean().default(false),
  trial: z.array(PlannedStage).max(20).default([]),
});

/** Connects to Temporal's frontend: encrypted, and as whom, where `access` says so. */
export async function openClient({
  address,
  namespace,
  access = OPEN,
}: {
  address: string;
  namespace: string;
  access?: TemporalAccess;
}): Promise<TemporalClient> {
  const options = { address, connectTimeout: '10 seconds' as const, ...connectionOf(access) };
  const connection = await Connection.connect(options).catch(async cause => {
    throw await explainRefusal(cause, address, access);
  });
  await requireEntry(connection, { address, namespace, access });
  return { temporal: new Client({ connection, namespace }), close: () => connection.close() };
}

export interface TemporalClient {
  temporal: Client;
  close(): Promise<void>;
}

/** Starts the retraining of a surface. There is one at a time: where one runs already, it is joined. */
export async function startRetrain(
  { temporal }: TemporalClient,
  request: RetrainInput,
): Promise<{ workflowId: string; runId: string; joined: boolean }> {
  const input = parse(request);
  const workflowId = retrainIdOf(input.surface);
  try {
    const handle = await temporal.workflow.start<typeof retrain>('retrain', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [input],
      memo: { reason: input.reason, requestedBy: input.requestedBy },
      staticSummary: `Retrain ${input.surface}: ${input.reason}`,
      staticDetails: `Asked by ${input.requestedBy}, seed ${input.seed}, on ${input.lists ?? 'all'} lists.`,
    });
    return { workflowId, runId: handle.firstExecutionRunId, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { runId } = await temporal.workflow.getHandle(workflowId).describe();
    return { workflowId, runId, joined: true };
  }
}

export interface RetrainProgress extends RetrainStatus {
  state: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out' | 'unknown';
  /** What the running activity last reported, and its attempts that failed. */
  progress: unknown;
  attempt: number;
  lastFailure: string | null;
  /** All of it as one line. */
  words: string;
}

/**
 * Where the last retraining of a surface stands. It is read from the workflow's memo and from what its activity
 * reports, so that there is an answer when no worker runs; the query `status` gives the same while one does.
 */
export async function retrainStatus({ temporal }: TemporalClient, surface: Surface): Promise<RetrainProgress> {
  const about = await describe(temporal.workflow.getHandle(retrainIdOf(surface)), surface);
  const status = (about.memo?.status as RetrainStatus | undefined) ?? waiting(surface, about.startTime.getTime());
  const pending = about.raw.pendingActivities?.[0];
  const reported = pending?.heartbeatDetails?.payloads?.[0];
  const more = {
    state: STATES[about.status.name] ?? 'unknown',
    progress: reported ? defaultPayloadConverter.fromPayload(reported) : null,
    attempt: pending?.attempt ?? 0,
    lastFailure: pending?.lastFailure?.message ?? null,
  };
  return { ...status, ...more, words: inWords({ ...status, ...more }) };
}

/**
 * Waits for the end of a surface's retraining: of this run, or of the last. A failure comes back as the error that the
 * activity met.
 */
export async function retrainResult(
  { temporal }: TemporalClient,
  surface: Surface,
  runId?: string,
): Promise<RetrainResult> {
  const workflowId = retrainIdOf(surface);
  try {
    return await temporal.workflow.getHandle<typeof retrain>(workflowId, runId).result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw fromFailure(error, workflowId);
    throw error;
  }
}

/** Asks the retraining of a surface to stop; training ends, and nothing is promoted any more. */
export async function cancelRetrain({ temporal }: TemporalClient, surface: Surface): Promise<void> {
  await temporal.workflow.getHandle(retrainIdOf(surface)).cancel();
}

/** The workflow's page in Temporal's Web UI, where the address of that is known. */
export function workflowUrl(
  { temporalUi, temporalNamespace }: { temporalUi?: string | undefined; temporalNamespace: string },
  workflowId: string,
  runId: string,
): string | undefined {
  if (!temporalUi) return undefined;
  return `${temporalUi.replace(/\/$/, '')}/namespaces/${temporalNamespace}/workflows/${workflowId}/${runId}/history`;
}

export const retrainIdOf = (surface: Surface): string => `retrain-${surface}`;

const STATES: Record<string, RetrainProgress['state']> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};

function parse(request: RetrainInput): RetrainInput {
  const parsed = RetrainRequest.safeParse(request);
  if (parsed.success) {
    const { lists, span, ...rest } = parsed.data;
    return { ...rest, ...(lists === undefined ? {} : { lists }), ...(span === undefined ? {} : { span }) };
  }
  throw new TemperError('INPUT_INVALID', { where: 'the request to retrain', got: z.prettifyError(parsed.error) });
}

async function describe(handle: WorkflowHandle, surface: Surface) {
  try {
    return await handle.describe();
  } catch (cause) {
    if (!(cause instanceof WorkflowNotFoundError)) throw cause;
    throw new TemperError('INPUT_INVALID', {
      where: surface,
      expected: 'a surface that was retrained',
      next: 'Start one with `temper retrain`',
      cause,
    });
  }
}

/** Before the workflow's first step, or while no worker has taken it up. */
function waiting(surface: Surface, since_ms: number): RetrainStatus {
  return { surface, step: 'champion', since_ms, past: [], model: null, verdict: null, failure: null };
}

function inWords(status: Omit<RetrainProgress, 'words'>): string {
  const { state, step, progress, attempt, lastFailure, failure, verdict, outcome, model, past } = status;
  if (state !== 'running') {
    const judged = verdict?.passed ? `promoted ${model}` : (past.at(-1)?.note ?? 'refused');
    const end = outcome ?? (verdict ? judged : step);
    return `${state}: ${failure ?? end}`;
  }
  const reported = progress && typeof progress === 'object' ? Object.entries(progress) : [];
  const numbers = reported.filter(([, value]) => typeof value === 'number');
  return [
    step,
    ...numbers.map(([name, value]) => `${name} ${Number((value as number).toPrecision(4))}`),
    ...(attempt > 1 ? [`attempt ${attempt}: ${lastFailure}`] : []),
  ].join(', ');
}
