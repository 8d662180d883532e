import path from 'node:path';
import { type ChildHooks, runInChild } from '../../child/parent.ts';
import type { Provider } from '../../graph/runtime.ts';
import type { FitProgress } from '../../graph/training/fit.ts';
import type { FineTuneOptions, FineTuneReport } from './fine-tune.ts';

export interface FineTuneRequest extends FineTuneOptions {
  /** Where the encoder is; see `readEncoder`. */
  encoder: string;
  /** Path of a file; see `readPairs`. */
  pairs: string;
  /** Path of the ONNX file that is written; the tokenizer is put beside it. */
  out: string;
  /** Of checkpoints: another attempt with the same request goes on from there. */
  directory?: string;
}

export interface FineTunedFile extends FineTuneReport {
  path: string;
  bytes: number;
  sha256: string;
  provider: Provider;
}

const CHILD = { entry: path.join(import.meta.dirname, 'process.ts'), what: 'the fine-tuning process' };

/**
 * Fine-tunes an encoder in a process of its own.
 *
 * @throws what `readEncoder`, `readPairs`, `fineTune` and `runInChild` throw
 */
export function fineTuneInChild(request: FineTuneRequest, hooks: ChildHooks<FitProgress> = {}): Promise<FineTunedFile> {
  return runInChild(CHILD, request, hooks);
}
