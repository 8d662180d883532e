import { defineQuery, defineSignal, setCurrentDetails, upsertMemo } from '@temporalio/workflow';
import type { BackfillComparison } from '../../schemas/backfills.ts';

export interface BackfillInput {
  /** Names of declared aggregates that are to be as if they had always been declared; none: all sums are made anew. */
  features: string[];
  /** Switch even where other features would change too. */
  anyway: boolean;
  /** Wait so long before anything, for others who want the same. */
  settle_ms?: number;
}

export type BackfillStep = 'wait' | 'begin' | 'position' | 'rebuild' | 'compare' | 'switch' | 'done';

export interface BackfillStatus {
  features: string[];
  /** The archive is read as it is from then on; null before that. */
  began_ms: number | null;
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
  /** Archives that are in the rebuilt states. */
  imports: string[];
}

export const backfillQuery = defineQuery<BackfillStatus>('status');

/** There is one at a time. */
export const BACKFILL_ID = 'backfill';
export const ALL_ANEW: BackfillInput = { features: [], anyway: true };
/** Of several users who are erased at a time one rebuild is enough, and it begins when nothing of the others is there either. */
export const ANEW_FOR_ALL: BackfillInput = { ...ALL_ANEW, settle_ms: 300_000 };

/**
 * Somebody wants all sums to be of what the archive has had since then, and one runs. If it had begun by then, or is not of
 * all sums, all of them are made anew behind it.
 */
export const anewSince = defineSignal<[{ since_ms: number }]>('anew');

export function enter(status: BackfillStatus, step: BackfillStep, of = 0): void {
  status.step = step;
  status.parts = { done: 0, of };
  tell(status);
}

export function tell({ step, parts, comparison, ...status }: BackfillStatus): void {
  const isAll = status.features.length === 0;
  upsertMemo({ status: { ...status, step, parts, comparison } });
  const lines = [`**${step}**${parts.of > 0 ? `: ${parts.done} of ${parts.of} partitions` : ''}`];
  if (comparison) {
    const { keys, changed, compared, different, example, bySql } = comparison;
    lines.push(
      `- ${bySql.different} of ${bySql.compared} values of ${bySql.keys} keys are not as the declared SQL has them`,
      `- ${changed} of ${keys} keys ${isAll ? 'change' : 'get what they lack'}`,
      ...(isAll
        ? []
        : [
            `- ${different} of ${compared} values of other features differ${example ? `, such as ${example.feature} of ${example.key}` : ''}`,
          ]),
    );
  }
  setCurrentDetails(lines.join('\n'));
}
