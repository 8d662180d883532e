import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { BRIEF } from '../policies.ts';
import { retrainOn } from '../retrain-on.ts';
import type { EraseInput, EraseStatus } from './story.ts';

const { servingAmong } = proxyActivities<Activities>({ ...BRIEF, summary: 'See which of the models serve' });

/** Begins the training of those champions that are among the models. One that runs already may have read what was. */
export async function trainAnew(
  models: string[],
  requestedBy: string,
  through: NonNullable<EraseInput['retrain']>,
): Promise<NonNullable<EraseStatus['retrained']>> {
  const retrained: NonNullable<EraseStatus['retrained']> = [];
  for (const { surface, model } of models.length > 0 ? await servingAmong({ models }) : []) {
    const reason = `a user was erased on whose deeds ${model} had been trained`;
    retrained.push({ surface, ...(await retrainOn({ surface, reason, requestedBy, ...through })) });
  }
  return retrained;
}
