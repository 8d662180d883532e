import { defineUpdate } from '@temporalio/workflow';

/** What somebody decides about a run: by whom, and why, for the record. */
export interface Decision {
  by: string;
  reason: string;
}

/** Of a model that passed its gates and waits for a person. */
export const approveUpdate = defineUpdate<void, [Decision]>('approve');
export const rejectUpdate = defineUpdate<void, [Decision]>('reject');
/** Of a challenger that is on trial. */
export const pauseUpdate = defineUpdate<void, [Decision]>('pause');
export const resumeUpdate = defineUpdate<void, [Decision]>('resume');
export const rollbackUpdate = defineUpdate<void, [Decision]>('rollback');

const MOST_CHARACTERS = 500;

/** Refuses what would stand in the record without a name or a reason. An error of a validator leaves no trace in a run. */
export function requireReason({ by, reason }: Decision): void {
  for (const [name, text] of Object.entries({ by, reason })) {
    if (typeof text !== 'string' || text.trim() === '' || text.length > MOST_CHARACTERS) {
      throw new Error(`expected ${name} in 1 to ${MOST_CHARACTERS} characters`);
    }
  }
}

export function inWords({ by, reason }: Decision): string {
  return `${reason} (${by})`;
}
