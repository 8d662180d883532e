import { checkFeaturesNow } from '../../../workflows/clients/features.ts';
import { retainNow } from '../../../workflows/clients/retention.ts';
import { learnSearchesNow } from '../../../workflows/clients/searches.ts';
import type { RealRoom } from '../../workflows/real-run.ts';
import { FEW, newestRun, type Recorder } from './recorder.ts';

export const checkFeatures = (to: Recorder): Promise<void> =>
  once(to, 'checkFeatures', 'check-features', async ({ client }) => {
    await checkFeaturesNow(client, { hours: 1, lists: 40, items: 4 });
  });

export const retention = (to: Recorder): Promise<void> =>
  once(to, 'retain', 'retain', async ({ client }) => {
    await retainNow(client);
  });

/** With `search.learned` thrown away. */
export const searches = (to: Recorder): Promise<void> =>
  once(to, 'learnSearches', 'learn-searches', async ({ client, ports }) => {
    ports.searches = { learned: async () => {} };
    await learnSearchesNow(client);
  });

async function once(
  to: Recorder,
  type: string,
  workflow: string,
  work: (room: RealRoom) => Promise<void>,
): Promise<void> {
  const room = await to.room(FEW);
  await work(room);
  await to.write(room.client, { workflow, id: await newestRun(room.client, type) });
}
