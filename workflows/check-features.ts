import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities, FeatureComparison } from '../activities/index.ts';
import { LOOKING } from './policies.ts';

export interface CheckInput {
  /** Lists that came within so long before now; but for the newest, whose events are on their way into the archive. */
  hours: number;
  /** How many of them are compared, and how many items of each. */
  lists: number;
  items: number;
}

/** Sinks insert once a second; after a pause of theirs what is missing yet is counted, and not compared. */
const SETTLING_MS = 15_000;

const { compareFeatures } = proxyActivities<Activities>({ ...LOOKING, summary: 'Rebuild and compare' });

/** Compares what was served lately with what the declared SQL makes of the same events. */
export async function checkFeatures({ hours, lists, items }: CheckInput): Promise<FeatureComparison> {
  const until_ms = Date.now() - SETTLING_MS;
  const from_ms = Math.max(1, Math.round(until_ms - hours * 3_600_000));
  setCurrentDetails(`Lists of ${hours} hours, ${lists} at most, ${items} items of each`);
  const comparison = await compareFeatures({ from_ms, until_ms, lists, items });
  setCurrentDetails(told(comparison));
  return comparison;
}

function told({ compared, different, lists, leftOut, features }: FeatureComparison): string {
  return [
    `**${different}** of ${compared} values of ${lists} lists are not what the archive gives.`,
    ...Object.entries(leftOut).map(([reason, times]) => `- ${times} not compared: ${reason}`),
    ...features.slice(0, 10).map(({ feature, different, compared, greatest }) => {
      return `- ${feature}: ${different} of ${compared}, by ${greatest} at most`;
    }),
  ].join('\n');
}
