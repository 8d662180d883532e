import path from 'node:path';
import type { ContentSpecs, RankerKind, Start, Told } from '../../schemas/models/models.ts';
import { type ChildHooks, runInChild } from '../child/parent.ts';
import type { Provider } from '../graph/runtime.ts';
import type { DatasetFile } from './dataset/dataset-file.ts';
import type { TrainOptions, TrainProgress } from './train.ts';
import type { Forerunner } from './warm-start.ts';

/** Kinds of rankers that are trained. */
export type TrainedKind = Exclude<RankerKind, 'popularity'>;

/** What a training process is asked for. */
export interface TrainRequest extends Omit<TrainOptions, 'hardening' | 'draws' | 'from'> {
  kind: TrainedKind;
  /** Its last part by time, the test part of `SHARES`, is not looked at. */
  dataset: DatasetFile;
  /** Where checkpoints and the model are written; another attempt with the same request goes on from there. */
  directory: string;
  /** The smaller form of a perceptron or fusion ranker that is to be judged and served; absent: as it was trained. */
  compress?: 'int8' | 'float16' | undefined;
  /** Whether it is hardened as it learns; see `HARDENING`. */
  harden?: boolean | undefined;
  /** From which model it begins, unless that does not fit, or why from none; absent: from none, and nobody asks why. */
  start?: Forerunner | { cold: string } | undefined;
}

/** A file of a trained model, beside its graph. */
export interface TrainedFile {
  path: string;
  sha256: string;
}

/** A trained model that nobody has judged. */
export interface Candidate {
  kind: TrainedKind;
  path: string;
  sha256: string;
  bytes: number;
  provider: Provider;
  metrics: Record<string, number>;
  /** The code that trained it; see `codeVersion`. */
  code: string;
  /** The model as it was trained, where a smaller form of it is the candidate. */
  original?: TrainedFile;
  /** The items of a fusion or sequence ranker, a list in JSON. */
  items?: TrainedFile;
  /** Of a sequence ranker; see `encodeTables`. */
  tables?: TrainedFile;
  contents?: ContentSpecs;
  /** What it tells of an example, where these were hidden. */
  told?: Told;
  /** What it began with, where that was asked. */
  start?: Start;
  /** The time of the newest list that taught its parameters. */
  learned_until_ms?: number;
}

const CHILD = {
  entry: path.join(import.meta.dirname, 'train-process.ts'),
  what: 'the training process',
  background: true,
};

/**
 * Trains a ranker in a process of its own.
 *
 * @throws what `trainRanker` and `runInChild` throw
 */
export function trainInChild(request: TrainRequest, hooks: ChildHooks<TrainProgress> = {}): Promise<Candidate> {
  return runInChild(CHILD, request, hooks);
}
