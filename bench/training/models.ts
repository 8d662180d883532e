import { mlp } from './mlp.ts';
import type { TrainingModel } from './model.ts';

export const MODELS: readonly TrainingModel[] = [mlp];
