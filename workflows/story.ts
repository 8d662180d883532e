import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Verdict } from '../schemas/models/models.ts';
import type { Surface } from '../schemas/topics/ranking.ts';

/** By these Temporal's lists of workflows can be searched; the worker adds them to a server that lacks them. */
export const SEARCH_ATTRIBUTES = {
  surface: defineSearchAttributeKey('TemperSurface', 'KEYWORD'),
  model: defineSearchAttributeKey('TemperModel', 'KEYWORD'),
  verdict: defineSearchAttributeKey('TemperVerdict', 'KEYWORD'),
  step: defineSearchAttributeKey('TemperStep', 'KEYWORD'),
};

export type RetrainStep =
  | 'champion'
  | 'snapshot'
  | 'validate'
  | 'train'
  | 'evaluate'
  | 'register'
  | 'approve'
  | 'trial'
  | 'promote'
  | 'done';

export interface RetrainStatus {
  surface: Surface;
  step: RetrainStep;
  since_ms: number;
  /** What has been done, oldest first, with the time that it took. */
  past: { step: RetrainStep; took_ms: number; note: string }[];
  model: string | null;
  verdict: Verdict | null;
  /** How it ended, in a sentence; null until it has. Absent in runs of before it was told. */
  outcome?: string | null;
  /** The sentence with which the current step failed for good. */
  failure: string | null;
}

/**
 * What a retraining has to tell, kept apart from what it does: the `status` query, the memo and the search attributes,
 * and the details that Temporal's UI shows.
 */
export class RetrainStory {
  readonly status: RetrainStatus;

  constructor(surface: Surface) {
    this.status = {
      surface,
      step: 'champion',
      since_ms: Date.now(),
      past: [],
      model: null,
      verdict: null,
      outcome: null,
      failure: null,
    };
  }

  /** Does a step and tells of it: before, and after with a note about its result. */
  async step<T>(step: RetrainStep, work: () => Promise<T>, note: (result: T) => string): Promise<T> {
    this.#enter(step);
    try {
      const result = await work();
      this.status.past.push({ step, took_ms: Date.now() - this.status.since_ms, note: note(result) });
      return result;
    } catch (error) {
      this.status.failure = sentenceOf(error);
      this.#tell();
      throw error;
    }
  }

  judged(verdict: Verdict): string {
    this.status.verdict = verdict;
    const refusals = verdict.checks.filter(check => !check.passed && check.mode !== 'report');
    return verdict.passed ? 'passed the gate' : `refused: ${refusals.map(check => check.reason).join('; ')}`;
  }

  named(model: string): string {
    this.status.model = model;
    return model;
  }

  /** What the whole came to. */
  ended(outcome: string): void {
    this.status.outcome = outcome;
  }

  /** Nothing more happens. After a failure or a cancellation the step at which it ended stays to be seen. */
  end(): void {
    if (this.status.failure === null) this.#enter('done');
  }

  #enter(step: RetrainStep): void {
    this.status.step = step;
    this.status.since_ms = Date.now();
    this.#tell();
  }

  #tell(): void {
    const { surface, step, model, verdict } = this.status;
    upsertMemo({ status: this.status });
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTES.surface, value: surface },
      { key: SEARCH_ATTRIBUTES.step, value: step },
      ...(model ? [{ key: SEARCH_ATTRIBUTES.model, value: model }] : []),
      ...(verdict ? [{ key: SEARCH_ATTRIBUTES.verdict, value: verdict.passed ? 'passed' : 'refused' }] : []),
    ]);
    setCurrentDetails(this.#details());
  }

  #details(): string {
    const { step, past, failure, verdict } = this.status;
    const lines = past.map(({ step, took_ms, note }) => `- **${step}** (${(took_ms / 1_000).toFixed(1)} s): ${note}`);
    if (step !== 'done') lines.push(failure ? `- **${step}** failed: ${failure}` : `- **${step}** …`);
    for (const check of verdict?.checks ?? [])
      lines.push(`  - ${check.passed ? '✓' : '✗'} ${check.name}: ${check.reason}`);
    return lines.join('\n');
  }
}

/** An activity's failure wraps what happened: the innermost message is the one to read. */
function sentenceOf(error: unknown): string {
  return error instanceof Error
    ? error.cause instanceof Error
      ? sentenceOf(error.cause)
      : error.message
    : String(error);
}
