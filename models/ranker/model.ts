import { LIMITS } from '../../schemas/limits.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import type { Provider } from '../graph/runtime.ts';

/** With how many items that its user took a list comes, at most. */
export const HISTORY = LIMITS.history_items_per_user;

/** Vectors of items, from one encoder. */
export interface Contents {
  encoder: string;
  width: number;
  /** [items, width], each of length 1; zeros where there is none. */
  vectors: Float32Array;
  /** [items]: 1 where there is a vector. */
  present: Uint8Array;
}

/** What a ranker may look at: pairs of a user and an item, list by list. */
export interface RankerBatch {
  rows: number;
  /** [rows, F], as they were when the list was ranked. */
  features: Float32Array;
  /** The items that rows and histories name by their places here. */
  items: string[];
  /** [rows] */
  item: Int32Array;
  /** [rows], the number of each row's list; rows of a list stand together. */
  list: Int32Array;
  /** [lists, HISTORY] of what the list's user took last, each once, newest first, filled up with -1. */
  history: Int32Array;
  contents: Partial<Record<Modality, Contents>>;
  /** The words for an item that a ranker did not know in training; see `tokensOf`. Absent where nobody is there to ask. */
  describe?: ((item: string) => readonly string[]) | undefined;
}

/** A ranker that is opened, of whatever kind: what the evaluation judges and the scorer serves. */
export interface RankerModel {
  /** Where ONNX Runtime really computes. */
  readonly provider: Provider;
  /** @returns [rows] logits of a click */
  score(batch: RankerBatch): Promise<Float32Array>;
  release(): Promise<void>;
}
