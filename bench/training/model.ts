/** A training whose speed is measured; bench/torch/peer.py trains the same by the same name. */
export interface TrainingModel {
  readonly name: string;
  /** Samples that one call of `step` trains on, which may be several steps of the optimiser. */
  readonly samplesPerStep: number;
  /** Makes parameters and one batch, which every step uses again. */
  open(): Promise<OpenTraining>;
}

export interface OpenTraining {
  /** @returns the loss before the last step */
  step(): Promise<number>;
  release(): Promise<void>;
}
