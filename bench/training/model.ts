/** A training whose speed is measured; bench/torch/peer.py trains the same by the same name. */
export interface TrainingModel {
  readonly name: string;
  readonly samplesPerStep: number;
  /** Makes parameters and one batch, which every step uses again. */
  open(): Promise<OpenTraining>;
}

export interface OpenTraining {
  /** @returns the loss before the step */
  step(): Promise<number>;
  release(): Promise<void>;
}
