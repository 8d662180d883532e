import { ensureChampion } from '../../activities/ensure-champion.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import type { Config } from '../../schemas/settings/config.ts';
import {
  openClient,
  type RetrainResult,
  retrainResult,
  startRetrain,
  type TemporalClient,
} from '../../workflows/clients/client.ts';
import { type RunningWorker, startWorker } from '../../workflows/worker/worker.ts';
import { examples, type ShopSpec, tableRows, vectorRows } from '../activities/examples.ts';
import { type TestPorts, testPorts } from '../activities/ports.ts';

export interface ServiceAddresses {
  temporal: string;
  clickhouse: string;
}

export interface RealRoom {
  ports: TestPorts;
  client: TemporalClient;
  startWorker(): Promise<void>;
  /** Retrains once, to the end. */
  retrain(): Promise<RetrainResult & { workflowId: string; runId: string }>;
  clear(): Promise<void>;
}

export const INPUT = { surface: 'home', seed: 11, reason: 'a test', requestedBy: 'vitest' } as const;

/**
 * Real Temporal and ClickHouse, for the real activities: a database of its own with these examples and vectors of
 * their items, an empty data directory, and the topic `models` in memory.
 */
export async function openRealRoom(
  { temporal, clickhouse }: ServiceAddresses,
  shop: ShopSpec,
  more: Partial<Config> = {},
): Promise<RealRoom> {
  const database = `temper_${crypto.randomUUID().replaceAll('-', '')}`;
  const store = await openStore(clickhouse, database);
  await store.insert('examples', tableRows(examples(shop), database));
  await store.insert('item_vectors', vectorRows(database));
  const { ports, clear } = await testPorts<Store>(store, { clickhouseDatabase: database, ...more });
  const client = await openClient({ address: temporal, namespace: ports.config.temporalNamespace });
  let worker: RunningWorker | undefined;
  return {
    ports,
    client,
    async startWorker() {
      worker = await startTestWorker(ports, temporal);
    },
    async retrain() {
      const { workflowId, runId } = await startRetrain(client, INPUT);
      return { ...(await retrainResult(client, 'home')), workflowId, runId };
    },
    async clear() {
      await client.close();
      await worker?.stop();
      await store.command(`DROP DATABASE ${database}`);
      await store.stop();
      await clear();
    },
  };
}

/** A worker as `temper run worker` starts one. */
export async function startTestWorker(ports: TestPorts, address: string): Promise<RunningWorker> {
  await ensureChampion(ports, { surface: 'home', workflow: 'worker', at_ms: Date.now() });
  return startWorker({ config: ports.config, ports, address });
}

/** Ports of another process on the same database and data directory. */
export async function portsLike(config: Pick<Config, 'dataDir' | 'clickhouseDatabase'>, clickhouse: string) {
  const store = await openStore(clickhouse, config.clickhouseDatabase);
  return (await testPorts<Store>(store, config)).ports;
}
