import type { ListPolicy, Treatment } from '../../schemas/policies/policy.ts';
import type { EventType } from '../../schemas/topics/events.ts';
import type { RecentEvent } from '../../schemas/topics/features.ts';

/** What a user did with an item, the strongest first. */
export const DEEDS = ['bought', 'dismissed', 'clicked'] as const;
export type Deed = (typeof DEEDS)[number];

const DEED_OF: Partial<Record<EventType, Deed>> = {
  purchase: 'bought',
  dismiss: 'dismissed',
  return: 'dismissed',
  click: 'clicked',
  view: 'clicked',
};
const DAY_MS = 86_400_000;

/** The strongest deed with each item among the user's recent events that still count. */
export function deedsOf(recent: RecentEvent[], { seen_days }: ListPolicy, now_ms: number): Map<string, Deed> {
  const deeds = new Map<string, Deed>();
  for (const { item, type, at_ms } of recent) {
    const deed = DEED_OF[type];
    if (!deed || now_ms - at_ms > seen_days * DAY_MS) continue;
    const before = deeds.get(item);
    if (!before || DEEDS.indexOf(deed) < DEEDS.indexOf(before)) deeds.set(item, deed);
  }
  return deeds;
}

export function treatmentOf(deed: Deed | undefined, policy: ListPolicy): Treatment {
  return deed ? policy[deed] : 'keep';
}
