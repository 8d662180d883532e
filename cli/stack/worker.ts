import path from 'node:path';
import getPort from 'get-port';
import { takeUp } from '../../activities/promotions/take-up.ts';
import { readGatePolicy } from '../../models/evaluate/verdict.ts';
import { keysIn, requireSigning } from '../../models/registry/keys.ts';
import { modelsIn, requireExclusive } from '../../models/registry/store/place.ts';
import { readWatchPolicy } from '../../models/watch/policy.ts';
import type { Log } from '../../schemas/log.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { LearnedForAds } from '../../schemas/topics/ads.ts';
import type { LearnedSearches } from '../../schemas/topics/search.ts';
import { openChampions } from '../../streams/champions.ts';
import { Backfills } from '../../streams/features/backfill/backfills.ts';
import { JOBS } from '../../streams/graph.ts';
import type { JobContext, RunningJob } from '../../streams/job.ts';
import { OWN_SURFACES } from '../../streams/observe/champions.ts';
import { UserLogs } from '../../streams/privacy/user-logs.ts';
import { openClient } from '../../workflows/clients/client.ts';
import { scheduleFeatureChecks } from '../../workflows/clients/features.ts';
import { scheduleRetention } from '../../workflows/clients/retention.ts';
import { scheduleLearning } from '../../workflows/clients/searches.ts';
import { endWatch, scheduleWatch } from '../../workflows/clients/watch.ts';
import { startWorker } from '../../workflows/worker/worker.ts';
import { reportLooks } from './looks.ts';

/** The worker of the workflows. `home` gets its first champion as soon as one runs. */
export async function startWorkerJob({
  config,
  bus,
  store,
  report,
  log,
  includeMetrics,
}: JobContext): Promise<RunningJob> {
  await requireSigning(keysIn(config)); // not after hours of training
  await requireExclusive(modelsIn(config));
  readGatePolicy(config.gates);
  readWatchPolicy(config.watchPolicy);
  const champions = await openChampions(bus, keysIn(config));
  const outbox = await bus.outbox({ allowed: JOBS.worker.writes });
  const directory = path.join(config.dataDir, 'backfills');
  const backfills = new Backfills({ bus, store, outbox, directory, partitions: config.partitions });
  const userLogs = new UserLogs({ bus, outbox, config });
  const searches = {
    learned: (part: LearnedSearches) =>
      outbox.publish('search.learned', { key: part.part, value: JSON.stringify(part) }),
  };
  const ads = {
    learned: (part: LearnedForAds) => outbox.publish('ads.learned', { key: part.part, value: JSON.stringify(part) }),
  };
  const looked = reportLooks(report, config.watchEvery_ms, Date.now());
  const ports = { config, store, champions, backfills, searches, ads, userLogs, looked, log };
  await takeUp(ports, Date.now());
  const metrics = includeMetrics && `127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
  if (metrics) includeMetrics(`http://${metrics}/metrics`);
  const worker = await startWorker({ config, address: config.temporal!, ports, metrics });
  await checkRegularly(config, log);
  const reporting = report.publishTo(outbox);
  return {
    failed: Promise.race([worker.failed, champions.failed]),
    async stop() {
      await worker.stop();
      await champions.stop();
      await reporting.stop();
      await outbox.stop();
    },
  };
}

/** A server that does not let this worker make schedules can still run its workflows. */
async function checkRegularly(config: Config, log: Log): Promise<void> {
  const { watchEvery_ms, temporal, temporalNamespace: namespace, temporalAccess: access } = config;
  const client = await openClient({ address: temporal!, namespace, access });
  try {
    await scheduleFeatureChecks(client);
    await scheduleLearning(client);
    await scheduleRetention(client);
    for (const surface of OWN_SURFACES) {
      await (watchEvery_ms === null ? endWatch(client, surface) : scheduleWatch(client, surface, watchEvery_ms));
    }
  } catch (error) {
    const once = '`temper features consistency` and `temper watch --now` do it once';
    log.warn(
      { code: 'SCHEDULES_MISSING', err: error },
      `features are not checked, and the champion is not watched, by a schedule; ${once}`,
    );
  } finally {
    await client.close();
  }
}
