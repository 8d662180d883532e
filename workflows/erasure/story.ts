import { defineSignal, setCurrentDetails, upsertMemo } from '@temporalio/workflow';
import type { Deeds, ErasureState, Remain } from '../../schemas/erasures.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { Occasion } from '../retrain-on.ts';

export interface EraseInput {
  /** The keyed hash of the user. */
  erasure: string;
  by: string;
  reason: string;
  /** Delete the user's records in the logs at once, with all that lies before them; else they go with their logs. */
  cutLogs: boolean;
  /** Make all sums anew from the archive, which no longer has what the user did; absent: what they count of it fades. */
  rebuild?: boolean;
  /** Train those champions anew that were trained on what the user did, and put them through this; absent: leave them. */
  retrain?: Pick<Occasion, 'approval' | 'trial'>;
}

export interface EraseStatus {
  state: ErasureState;
  step: 'tell' | 'read' | 'rows' | 'snapshots' | 'logs' | 'scan' | 'wait' | 'done';
  /** How often it was asked for: each time what has come since goes too. */
  asked: number;
  /** All that was recorded until then is meant; null before it is known. */
  until_ms: number | null;
  left: Remain[];
  deeds: Deeds | null;
  /** Whether all sums are made anew since this was deleted, or have been. */
  rebuilt: boolean;
  /** Of which surfaces champions are trained anew, or not, since a retraining ran already; null before, and where nobody asked. */
  retrained: { surface: Surface; started: boolean }[] | null;
}

/** Somebody asks for the same user once more, perhaps to cut the logs now, or to have sums or champions made anew. */
export const askedAgain = defineSignal<[Pick<EraseInput, 'cutLogs' | 'rebuild' | 'retrain'>]>('again');

export function enter(status: EraseStatus, now: Partial<EraseStatus>): void {
  Object.assign(status, now);
  tell(status);
}

export function tell(status: EraseStatus): void {
  upsertMemo({ status: { ...status } });
  const left = status.left.map(({ where, count }) => `- ${where}: ${count}`);
  const lines = [`**${status.state}**: ${status.step}`, ...(left.length > 0 ? ['Left:', ...left] : [])];
  setCurrentDetails(
    [...lines, ...(status.rebuilt ? ['All sums are made anew: see the workflow `backfill`'] : [])].join('\n'),
  );
}
