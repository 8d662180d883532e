import path from 'node:path';
import { type ChildHooks, runInChild } from '../child/parent.ts';
import type { SessionOptions } from '../graph/runtime.ts';
import type { TrainedExample } from './train.ts';

export interface ExampleRequest extends SessionOptions {
  /** Where the ONNX file is written, if anywhere. */
  out?: string;
}

export interface ExampleProgress {
  /** Of the last steps. */
  losses: readonly number[];
}

export type ExampleReport = Omit<TrainedExample, 'model'>;

const CHILD = { entry: path.join(import.meta.dirname, 'process.ts'), what: 'the training process' };

/**
 * Trains the example in a process of its own.
 *
 * @throws what `trainExample` and `runInChild` throw; INPUT_INVALID where the file can't be written
 */
export function trainExampleInChild(
  request: ExampleRequest,
  hooks: ChildHooks<ExampleProgress> = {},
): Promise<ExampleReport> {
  return runInChild(CHILD, request, hooks);
}
