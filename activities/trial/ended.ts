import { keysIn } from '../../models/registry/keys.ts';
import { signRecord } from '../../models/registry/signed-record.ts';
import { trialEndOf } from '../../schemas/models/trials.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';

/**
 * Says by a signed word that a trial has ended of which the archive knows that it has: workers of before said so by a
 * tombstone, which scorers do not take for one any more, and would put its model on trial again.
 */
export async function sayWhatHasEnded(ports: Ports, surface: Surface, at_ms: number): Promise<void> {
  const trial = await ports.champions.trialOn(surface);
  if (!trial) return;
  const ends = await ports.store.query(
    `SELECT experiment FROM promotions WHERE surface = {surface:String} AND experiment = {experiment:String}
       AND kind = 'trial ended'`,
    { surface, experiment: trial.experiment },
  );
  if (ends.length === 0) return;
  const end = trialEndOf({ ...trial, at_ms, reason: 'it has ended before' });
  await ports.champions.endTrial(await signRecord(keysIn(ports.config), end));
}
