import type { Forerunner } from '../models/ranker/warm-start.ts';
import { forerunnerOf } from '../models/registry/forerunner.ts';
import { openModel } from '../models/registry/registry.ts';
import { snapshotsIn } from '../models/registry/snapshots.ts';
import { modelsIn } from '../models/registry/store/place.ts';
import type { Config } from '../schemas/settings/config.ts';

/** From which model a training is to begin, or why from none. */
export async function startOf(
  config: Config,
  { champion, cold }: { champion?: string | undefined; cold: boolean },
): Promise<Forerunner | { cold: string }> {
  if (cold) return { cold: 'it was asked for' };
  if (config.warmStart === 'off') return { cold: 'TEMPER_WARM_START=off' };
  // Epsilon is counted from parameters that know nothing of anybody.
  if (config.dpNoise !== null) return { cold: 'examples are hidden' };
  if (config.ranker === 'sequence') return { cold: 'rankers of the kind sequence always do' };
  if (champion === undefined) return { cold: 'nobody said who serves' };
  const found = forerunnerOf(await openModel(modelsIn(config), champion), config.ranker);
  if ('cold' in found) return found;
  const gone = await goneOf(config, found.snapshots);
  return gone.length > 0 ? { cold: `examples that taught ${champion} are gone: ${gone.join(', ')}` } : found;
}

/**
 * Those of some snapshots that are no longer there. An erasure removes each that has something of its user, so a model all
 * of whose snapshots are there has learned nothing of somebody who is erased; of one that retention has removed nobody can
 * tell.
 */
export async function goneOf(config: Config, snapshots: readonly string[]): Promise<string[]> {
  const kept = snapshotsIn(config);
  const found = snapshots.map(async sha256 => ((await kept.has(sha256)) ? [] : [sha256]));
  return (await Promise.all(found)).flat();
}
