import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities, LearnedFromSearches } from '../activities/index.ts';
import { READING } from './policies.ts';

export interface LearnSearchesInput {
  /** How far back searches are looked at. */
  days: number;
}

const activities = proxyActivities<Activities>({ ...READING, summary: 'Synonyms and suggestions' });

/** Learns from what people searched for lately. */
export async function learnSearches({ days }: LearnSearchesInput): Promise<LearnedFromSearches> {
  const learned = await activities.learnSearches({ now_ms: Date.now(), days });
  const { searches, synonyms, suggestions } = learned;
  setCurrentDetails(`Of ${searches} searches in ${days} days: ${synonyms} synonyms, ${suggestions} suggestions`);
  return learned;
}
