import { createHmac } from 'node:crypto';
import { nameOf } from '../../../schemas/models/stage-names.ts';
import type { Trial } from '../../../schemas/models/trials.ts';
import type { Experiment, RankRequest } from '../../../schemas/topics/ranking.ts';

/**
 * For whom a user's lists are meant while a challenger is on trial. The group follows from the user and the trial's key
 * alone: it stays the same on every scorer, and whoever is in at a share is in at each greater one. Groups of two trials
 * have nothing to do with each other.
 */
export function experimentOf({ user }: Pick<RankRequest, 'user'>, { experiment: id, stage, salt }: Trial): Experiment {
  const part = { id, stage: nameOf(stage) };
  if (stage.kind === 'shadow' || pointOf(user, salt) >= stage.share) return { ...part, group: 'champion' };
  return { ...part, group: stage.kind === 'canary' ? 'challenger' : 'both' };
}

/** A user's point of [0, 1), by a keyed hash: nobody who does not know the key can look for an id that falls where he likes. */
function pointOf(user: string, salt: string): number {
  return createHmac('sha256', salt).update(user).digest().readUInt32BE(0) / 2 ** 32;
}
