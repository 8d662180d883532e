import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import { startItemFeatures } from './items.ts';
import { ITEMS, USERS } from './log/entities.ts';
import { startUserFeatures } from './users.ts';

/** The features job: events become features of users, and, re-keyed, of items. */
export async function startFeatures(context: JobContext): Promise<RunningJob> {
  const outbox = await context.bus.outbox({ allowed: JOBS.features.writes, linger_ms: 0 }); // what leaves is packed already
  const users = await startUserFeatures(context, outbox, { users: USERS, items: ITEMS });
  const items = await startItemFeatures(context, outbox);
  const reporting = context.report.publishTo(outbox);
  return {
    failed: Promise.race([users.failed, items.failed]),
    async stop() {
      await Promise.all([users.stop(), items.stop()]);
      await reporting.stop();
      await outbox.stop();
    },
  };
}
