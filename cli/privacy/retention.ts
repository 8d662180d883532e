import { tableRetention } from '../../activities/retention/tables.ts';
import { readPolicies } from '../../schemas/policies/policies.ts';
import { AGED_TOPICS } from '../../schemas/policies/retention.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { topicSpecs } from '../../streams/graph.ts';
import { openClient } from '../../workflows/clients/client.ts';
import { retainNow } from '../../workflows/clients/retention.ts';
import { printResult, table } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';

/** Shows how long things are kept, by the policy and as the stores have it; or holds tables and files to it now. */
export async function showRetention(config: Config, { now, json }: { now: boolean; json?: boolean }): Promise<void> {
  await withClient(config, async ({ store, endpoints }) => {
    const { retention } = readPolicies(config.policy);
    const retained = now ? await retainAt(config, endpoints.temporal) : null;
    const rows = await tableRetention(await store(), retention);
    const specs = new Map(
      topicSpecs(config).map(({ topic, config }) => [topic, Number(config['retention.ms']) / 86_400_000]),
    );
    const topics = AGED_TOPICS.map(topic => ({ topic, days: specs.get(topic)! }));
    const files = { snapshots: retention.snapshots, candidates: retention.candidates };
    printResult({ tables: rows, topics, files, retained }, json, () =>
      [
        table([
          ['KEPT', 'WHERE', 'BY THE POLICY', 'AS IT IS'],
          ...rows.map(row => [row.class, row.table, inWords(row.wanted), inWords(row.found)]),
          ...topics.map(({ topic, days }) => ['topic', topic, daysSaid(days), 'as jobs start']),
          ...Object.entries(files).map(([name, days]) => [
            name,
            'the data directory',
            daysSaid(days),
            'as the schedule runs',
          ]),
        ]),
        ...(retained
          ? [
              `told: ${retained.tables.join(', ') || 'nothing new'}; gone: ${retained.snapshots.length} snapshots, ${retained.candidates.length} candidates`,
            ]
          : []),
        ...(retained && retained.models.length > 0
          ? [`not to be reproduced any more: ${retained.models.join(', ')}`]
          : []),
      ].join('\n'),
    );
  });
}

async function retainAt({ temporalNamespace: namespace, temporalAccess: access }: Config, address: string) {
  const client = await openClient({ address, namespace, access });
  try {
    return await retainNow(client);
  } finally {
    await client.close();
  }
}

const daysSaid = (days: number | null) => (days === null ? 'until it is deleted' : `${days} days`);

function inWords(ttl: string | null): string {
  const [, unit, count] = /toInterval(Day|Hour)\((\d+)\)/.exec(ttl ?? '') ?? [];
  if (ttl === null) return daysSaid(null);
  return unit === undefined ? ttl : `${count} ${unit === 'Day' ? 'days' : 'hours'}`;
}
