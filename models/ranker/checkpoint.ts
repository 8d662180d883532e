import { createHash } from 'node:crypto';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import type { TrainerState } from '../graph/training/trainer.ts';
import { type Column, readArrays, writeArrays } from './array-file.ts';
import type { Dataset } from './dataset.ts';

/** All that training needs in order to go on after an epoch as if it had not been stopped. */
export interface Checkpoint {
  /** Epochs that are done. */
  epoch: number;
  state: TrainerState;
  best: { epoch: number; loss: number; parameters: Float32Array };
  losses: EpochLosses[];
}

/** Mean losses of an epoch, in nats an example. */
export interface EpochLosses {
  train: number;
  validation: number;
}

const KIND = 'checkpoint';
const FILE = 'checkpoint';

/** Replaces the directory's checkpoint; whoever is killed meanwhile leaves the last one whole. */
export async function writeCheckpoint(directory: string, run: string, checkpoint: Checkpoint): Promise<void> {
  const { epoch, state, best, losses } = checkpoint;
  await writeArrays(path.join(directory, FILE), {
    kind: KIND,
    meta: { run, epoch, losses, step: state.step, best: { epoch: best.epoch, loss: best.loss } },
    arrays: {
      parameters: state.parameters,
      best: best.parameters,
      ...Object.fromEntries(state.slots.map((slot, place) => [`slot${place}`, slot])),
    },
  });
}

/** The directory's checkpoint of this run, or undefined where there is none, or one of another run, or a broken one. */
export async function readCheckpoint(directory: string, run: string): Promise<Checkpoint | undefined> {
  try {
    const { meta, arrays } = await readArrays(path.join(directory, FILE), KIND);
    const { best, step, ...kept } = meta as Meta;
    if (kept.run !== run) return undefined;
    const { parameters, best: bestParameters, ...slots } = arrays as Record<string, Float32Array>;
    return {
      epoch: kept.epoch,
      losses: kept.losses,
      state: { step, parameters: parameters!, slots: Object.values(slots) },
      best: { ...best, parameters: bestParameters! },
    };
  } catch (error) {
    if (error instanceof TemperError && error.code === 'INPUT_INVALID') return undefined;
    throw error;
  }
}

interface Meta {
  run: string;
  epoch: number;
  step: number;
  best: { epoch: number; loss: number };
  losses: EpochLosses[];
}

/** Names a run by all that its result depends on: the same name, the same parameters in the end. */
export function runName(settings: unknown, parts: readonly Dataset[]): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const { features, position, clicked, weight } of parts) {
    for (const column of [features, position, clicked, weight]) hash.update(bytesOf(column));
  }
  return hash.digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: Column): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
