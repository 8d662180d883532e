import { WorkflowNotFoundError } from '@temporalio/client';
import type { TemporalClient } from '../../../workflows/clients/client.ts';

export interface Answers {
  /** What a run is now; absent: there is none. */
  describe?(workflowId: string): { runId: string; status: { name: string }; memo?: { status: unknown } };
  executeUpdate?(name: string): unknown;
  execute?(): unknown;
}

/** A client of a Temporal that answers like this, and what was asked of it. What the real one does is tested beside it. */
export function temporalThat({ describe, executeUpdate, execute }: Answers) {
  const updates: { workflowId: string; runId: string | undefined; name: string }[] = [];
  const executed: { workflowId: string; args: unknown[]; workflowExecutionTimeout: number }[] = [];
  const deadlines: number[] = [];
  const workflow = {
    getHandle: (workflowId: string, runId?: string) => ({
      describe: async () => {
        if (!describe) throw new WorkflowNotFoundError('none', workflowId, runId);
        return describe(workflowId);
      },
      executeUpdate: async (name: string) => {
        updates.push({ workflowId, runId, name });
        return executeUpdate?.(name);
      },
    }),
    execute: async (_type: string, options: (typeof executed)[number]) => {
      executed.push(options);
      return execute?.();
    },
  };
  const withDeadline = (deadline: number, work: () => Promise<unknown>) => {
    deadlines.push(deadline);
    return work();
  };
  const client = { temporal: { workflow, withDeadline }, close: async () => {} } as unknown as TemporalClient;
  return { client, updates, executed, deadlines };
}
