import { openStore } from '../../schemas/clickhouse.ts';
import type { Config } from '../../schemas/config.ts';
import { openClient, retrainResult, startRetrain, type TemporalClient } from '../../workflows/client.ts';
import type { RetrainResult } from '../../workflows/retrain.ts';
import { startWorker } from '../../workflows/worker.ts';
import { examples, type ShopSpec, tableRows } from '../activities/examples.ts';
import { type TestPorts, testPorts } from '../activities/ports.ts';

export interface RealRoom {
  ports: TestPorts;
  client: TemporalClient;
  /** Retrains once, to the end. */
  retrain(): Promise<RetrainResult & { workflowId: string; runId: string }>;
  clear(): Promise<void>;
}

/**
 * A worker with the real activities on real Temporal and ClickHouse: a database of its own with these examples, an empty
 * data directory, and the topic `models` in memory.
 */
export async function openRealRoom(
  endpoints: { temporal: string; clickhouse: string },
  shop: ShopSpec,
): Promise<RealRoom> {
  const database = `temper_${crypto.randomUUID().replaceAll('-', '')}`;
  const store = await openStore(endpoints.clickhouse, database);
  await store.insert('examples', tableRows(examples(shop), database));
  const namespace: Partial<Config> = { temporalNamespace: 'default' };
  const { ports, clear } = await testPorts(store, namespace);
  const worker = await startWorker({ config: ports.config, ports, address: endpoints.temporal });
  const client = await openClient({ address: endpoints.temporal, namespace: 'default' });
  return {
    ports,
    client,
    async retrain() {
      const input = { surface: 'home', seed: 11, reason: 'a test', requestedBy: 'vitest' } as const;
      const { workflowId, runId } = await startRetrain(client, input);
      return { ...(await retrainResult(client, 'home')), workflowId, runId };
    },
    async clear() {
      await client.close();
      await worker.stop();
      await store.command(`DROP DATABASE ${database}`);
      await store.stop();
      await clear();
    },
  };
}
