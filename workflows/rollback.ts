import {
  ApplicationFailure,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { Surface } from '../schemas/topics/ranking.ts';
import { type Decision, inWords } from './decisions.ts';
import { BRIEF } from './policies.ts';
import { SEARCH_ATTRIBUTES } from './story.ts';

export interface RollbackInput extends Decision {
  surface: Surface;
  /** A model that has served; absent: who served before the champion. */
  model?: string;
  /** Only as long as this one is champion; absent: whoever is. */
  champion?: string;
}

export interface RollbackResult {
  /** Who served. */
  from: string;
  /** Who serves again. */
  to: string;
}

const { formerChampion } = proxyActivities<Activities>({ ...BRIEF, summary: 'Who served before?' });
const { promoteRanker } = proxyActivities<Activities>({ ...BRIEF, summary: 'Put it in its place again' });

/** Takes the champion of a surface back: who served before serves again. */
export async function rollback({ surface, model, champion, by, reason }: RollbackInput): Promise<RollbackResult> {
  const { workflowId, runId } = workflowInfo();
  const former = await formerChampion({ surface, ...(model === undefined ? {} : { model }) });
  if (champion !== undefined && champion !== former.champion) {
    const message = `${former.champion} is champion now, and not ${champion}, which was to be taken back`;
    const detail = { code: 'MODEL_REFUSED', expected: `${champion} as champion`, got: former.champion };
    throw ApplicationFailure.create({ message, type: detail.code, nonRetryable: true, details: [detail] });
  }
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.surface, value: surface },
    { key: SEARCH_ATTRIBUTES.model, value: former.model },
  ]);
  await promoteRanker({
    surface,
    ...{ model: former.model, manifest: former.manifest, replaces: former.champion },
    ...{ kind: 'rollback', requested_by: by, at_ms: Date.now(), workflow: `${workflowId}/${runId}` },
    reason: inWords({ by, reason }),
  });
  setCurrentDetails(`\`${former.model}\` serves again in place of \`${former.champion}\`: ${inWords({ by, reason })}`);
  return { from: former.champion, to: former.model };
}
