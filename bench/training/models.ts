import { dlrm } from './dlrm.ts';
import { mlp } from './mlp.ts';
import type { TrainingModel } from './model.ts';
import { sasrec } from './sasrec.ts';

export const MODELS: readonly TrainingModel[] = [mlp, dlrm, sasrec];
