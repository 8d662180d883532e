import { knewErased } from '../../activities/erasure/record.ts';
import type { AuditRow } from '../../activities/promotions/audit.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import { openClient } from '../../workflows/clients/client.ts';
import { trialStatus, trialWords } from '../../workflows/clients/decisions.ts';
import { printResult, table } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';

type Deed = AuditRow & { at_ms: number };

/** What served when, newest first, the trial that runs, and which of these models knew somebody who was erased since. */
export async function history(
  config: Config,
  { surface, limit, json }: { surface: Surface; limit: number; json?: boolean },
): Promise<void> {
  await withClient(config, async ({ store, endpoints }) => {
    const rows = await store();
    const deeds = await rows.query<Deed>(
      `SELECT toUnixTimestamp64Milli(at) AS at_ms, kind, model, previous, manifest, reason, experiment, stage,
         requested_by, approved_by, workflow
       FROM promotions FINAL WHERE surface = {surface:String} ORDER BY at DESC LIMIT {limit:UInt32}`,
      { surface, limit },
    );
    const knew = await knewErased(rows, [...new Set(deeds.map(({ model }) => model))]);
    const client = await openClient({
      address: endpoints.temporal,
      namespace: config.temporalNamespace,
      access: config.temporalAccess,
    });
    const [trial, words] = await Promise.all([trialStatus(client, surface), trialWords(client, surface)]).finally(() =>
      client.close(),
    );
    const told = deeds.map(deed => ({ ...deed, at_ms: Number(deed.at_ms) }));
    printResult({ surface, trial: trial ?? null, deeds: told, knew }, json, () =>
      [
        table([['WHEN (UTC)', 'WHAT', 'MODEL', 'IN PLACE OF', 'BY', 'APPROVED BY', 'WHY'], ...told.map(rowOf)]),
        ...(words ? ['', `on trial: ${words}`] : []),
        ...(knew.length > 0 ? ['', knewInWords(knew)] : []),
      ].join('\n'),
    );
  });
}

/** A rollback to one of them lets it serve again. */
export function knewInWords(knew: Awaited<ReturnType<typeof knewErased>>): string {
  const each = knew.map(({ model, users }) => `${model} (${users})`);
  return `trained on what users did who were erased since: ${each.join(', ')}`;
}

function rowOf({ at_ms, kind, model, previous, reason, stage, requested_by, approved_by, workflow }: Deed): string[] {
  const at = new Date(at_ms).toISOString().slice(0, 19).replace('T', ' ');
  const what = stage === '' ? kind : `${kind}: ${stage}`;
  return [at, what, model, previous ?? 'nobody', requested_by || workflow.split('/')[0]!, approved_by ?? '', reason];
}
