import { Surface } from '../../schemas/topics/ranking.ts';
import { ensureChampion } from '../ensure-champion.ts';
import type { Ports } from '../ports.ts';
import { sayWhatHasEnded } from '../trial/ended.ts';
import { championOf } from './champion.ts';

/**
 * Says on the topic, of each surface, what workers of before decided and did not live to say: who is champion, and whose
 * trial has ended. `home` gets its first champion; other surfaces get theirs by a retraining.
 */
export async function takeUp(ports: Ports, at_ms: number): Promise<void> {
  await ensureChampion(ports, { surface: 'home', workflow: 'worker', at_ms });
  for (const surface of Surface.options) {
    await championOf(ports, surface);
    await sayWhatHasEnded(ports, surface, at_ms);
  }
}
