import type { Signal } from '../../models/watch/decide.ts';
import { readWatchPolicy } from '../../models/watch/policy.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { Endpoints } from '../../services/index.ts';
import { openClient } from '../../workflows/clients/client.ts';
import { lookNow, type WatchLook } from '../../workflows/clients/watch.ts';
import { printResult, table } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';
import { type Looks, looksOf, timeSaid } from './looks.ts';

export interface WatchOptions {
  surface: Surface;
  now?: boolean;
  hours: number;
  json?: boolean;
}

/** The policy as it counts, for a file. */
export function printWatchPolicy(config: Config): void {
  process.stdout.write(`${JSON.stringify(readWatchPolicy(config.watchPolicy), null, 2)}\n`);
}

/** What the watch saw last, or sees now, and what followed. */
export async function printWatch(config: Config, { surface, now, hours, json }: WatchOptions): Promise<void> {
  await withClient(config, async ({ store, endpoints }) => {
    const seen = now ? await look({ ...config, ...endpoints }, surface) : undefined;
    const looks = await looksOf(await store(), surface, hours);
    const every_ms = config.watchEvery_ms;
    printResult({ surface, every_ms, ...looks, ...(now && { now: seen }) }, json, () =>
      said(surface, looks, hours, seen),
    );
  });
}

async function look(config: Config & Endpoints, surface: Surface): Promise<WatchLook | null> {
  const { temporal: address, temporalNamespace: namespace, temporalAccess: access } = config;
  const client = await openClient({ address, namespace, access });
  return lookNow(client, surface).finally(() => client.close());
}

function said(surface: Surface, { last, deeds }: Looks, hours: number, now: WatchLook | null | undefined): string {
  const shown = now ?? last;
  if (now === null) return `nobody serves ${surface}`;
  if (!shown) return `the champion of ${surface} has not been looked at yet; --now looks`;
  const followed = deeds.map(({ at_ms, act, model, reason, outcome }) => [
    timeSaid(at_ms),
    act,
    model,
    outcome,
    reason,
  ]);
  return [
    `${shown.model}, ${now ? 'now' : `${timeSaid(shown.at_ms)} UTC`}`,
    table([['SIGNAL', 'STATE', 'SINCE (UTC)', 'WHY'], ...shown.signals.map(rowOf)]),
    ...(now?.drifts.length ? ['', table([['DRIFT', 'PSI', 'BY CHANCE', 'JS BITS'], ...now.drifts.map(driftRow)])] : []),
    ...(shown.act === 'none' ? [] : ['', `${now ? 'would follow: ' : ''}${shown.act}: ${shown.reason}`]),
    '',
    followed.length > 0
      ? table([['WHEN (UTC)', 'ACT', 'MODEL', 'OUTCOME', 'WHY'], ...followed])
      : `nothing followed in the last ${hours} hours`,
  ].join('\n');
}

function rowOf({ signal, state, since_ms, reason }: Signal): string[] {
  return [signal, state, timeSaid(since_ms), reason];
}

function driftRow({ feature, psi, chance, js }: WatchLook['drifts'][number]): string[] {
  return [feature, psi.toFixed(3), chance.toFixed(3), js.toFixed(4)];
}
