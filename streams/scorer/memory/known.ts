import type { LiveUser } from '../../../models/features/states.ts';
import { isPersonal } from '../../../schemas/topics/consent.ts';
import type { RankRequest } from '../../../schemas/topics/ranking.ts';
import type { Memory } from './memory.ts';

/** What is known of who asks, as far as the list may use it: without consent, as of one of whom nothing is. */
export function knownOf({ user, consent }: RankRequest, memory: Pick<Memory, 'users'>): LiveUser | undefined {
  return isPersonal({ consent }) ? memory.users.get(user)?.state : undefined;
}
