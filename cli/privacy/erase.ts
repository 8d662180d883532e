import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteRows } from '../../activities/erasure/deletion.ts';
import { keysIn } from '../../models/registry/keys.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { id } from '../../schemas/topics/events.ts';
import { keepOnce } from '../../services/process/keep.ts';
import { pseudonymsOf } from '../../streams/pseudonyms/keys.ts';
import type { TemporalClient } from '../../workflows/clients/client.ts';
import { type EraseStatus, eraseResult, eraseStatus, startErase } from '../../workflows/clients/erasure.ts';
import { trialOf } from '../learning/retraining.ts';
import { printResult, progress, table } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';
import { withTemporal } from '../stack/temporal.ts';

export interface EraseOptions {
  cutLogs: boolean;
  rebuild: boolean;
  retrain: boolean;
  status?: boolean;
  reason: string;
  by: string;
  json?: boolean;
}

const POLL_MS = 1_000;

/** What is done at each step, for who waits. */
const DOES: Readonly<Record<EraseStatus['step'], string>> = {
  tell: 'tells the jobs to begin anew',
  read: 'waits until every job has read what there was, and keeps nothing back: the purchase window, for one',
  rows: 'deletes rows',
  snapshots: 'removes snapshots of examples',
  logs: 'cuts logs',
  scan: 'scans all stores',
  wait: 'waits, to look again',
  done: 'done',
};

/**
 * Has a user erased, and waits until all is gone but what goes by itself with its logs. Exit code 0 then; 1 where a scan
 * finds anything else.
 */
export async function eraseUser(config: Config, user: string, options: EraseOptions): Promise<number> {
  const { cutLogs, rebuild, retrain, status, reason, by, json } = options;
  const erasure = erasureOf(config, user);
  return withTemporal(config, async client => {
    if (status) {
      const now = await eraseStatus(client, erasure);
      if (now && hasFailed(now)) await eraseResult(client, erasure); // which says of what
      printResult({ erasure, ...now }, json, () => (now ? inWords(now) : 'nobody asked for it'));
      return now && isDone(now) ? 0 : 1;
    }
    const input = { erasure, by, reason, cutLogs, rebuild, ...(retrain && { retrain: trialOf(config) }) };
    const ask = async () => {
      const before = await withClient(config, async ({ store }) => {
        const names = namesOf(config, user);
        return opened(await store(), erasure, names, () => startErase(client, input));
      });
      return before === undefined ? 'unheard' : telling(client, erasure, before);
    };
    progress(`it goes on if you stop waiting: \`temper erase ${user} --status\` says where it stands`);
    let ended = await ask();
    while (ended === 'unheard') ended = await ask();
    printResult({ erasure, nothing_left: ended.left.length === 0, ...ended }, json, () => inWords(ended));
    return isDone(ended) ? 0 : 1;
  });
}

/** What stands for the user in all that outlives the erasure: who knows the id and has the key can find it again. */
export function erasureOf(config: Config, user: string): string {
  const parsed = id.safeParse(user);
  if (!parsed.success) {
    throw new TemperError('INPUT_INVALID', { where: 'the user', expected: 'an id as the shop sends it', got: user });
  }
  const keys = keysIn(config);
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const key = keepOnce(path.join(keys, 'erasures.key'), () => randomBytes(32).toString('hex'));
  return createHmac('sha256', key).update(user).digest('hex').slice(0, 32);
}

/**
 * Notes who is meant, for whatever `start` starts. Where it fails, and nobody had asked before, the names go again.
 *
 * @returns what `start` gives
 */
export async function opened<T>(
  store: RowStore,
  erasure: string,
  names: readonly string[],
  start: () => Promise<T>,
): Promise<T> {
  const [{ n } = { n: '0' }] = await store.query<{ n: string }>(
    'SELECT count() AS n FROM erasures_open WHERE erasure = {erasure:String}',
    { erasure },
  );
  const rows = names.map(user => ({ erasure, user, quoted: JSON.stringify(user), at: Date.now() }));
  await store.insert('erasures_open', rows);
  try {
    return await start();
  } catch (error) {
    if (Number(n) === 0) await deleteRows(store, 'erasures_open', `erasure = '${erasure}'`, erasure);
    throw error;
  }
}

/** All names under which something of the user may be stored. */
export function namesOf(config: Config, user: string): string[] {
  return config.pseudonymKeys === undefined ? [user] : [user, ...pseudonymsOf(config).allOf(user)];
}

/**
 * Waits for the end of an erasure, and tells each step.
 *
 * @param before how often it had been asked for
 * @returns `unheard` where the one that ran came to its end at that moment
 */
export async function telling(
  client: TemporalClient,
  erasure: string,
  before: number,
): Promise<EraseStatus | 'unheard'> {
  for (let told = ''; ; await sleep(POLL_MS)) {
    const now = await eraseStatus(client, erasure);
    if (!now) continue;
    if (now.asked <= before) {
      if (now.step === 'done') return 'unheard';
      continue;
    }
    if (now.state === 'expiring') return now;
    if (now.state !== 'running' || hasFailed(now)) return eraseResult(client, erasure);
    const words = `${DOES[now.step]}${now.left.length > 0 ? `, left: ${now.left.map(({ where }) => where).join(', ')}` : ''}`;
    if (words !== told) progress(words);
    told = words;
  }
}

function hasFailed({ state, isOver }: { state: EraseStatus['state']; isOver: boolean }): boolean {
  return isOver && state === 'running';
}

function isDone({ state }: EraseStatus): boolean {
  return state === 'erased' || state === 'expiring';
}

export function inWords({ state, step, left, deeds, rebuilt, retrained }: EraseStatus): string {
  const said = {
    running: `under way: ${DOES[step]}`,
    erased: 'erased: nothing of the user is left',
    expiring: 'erased, but for records that go with their logs:',
    incomplete: 'NOT erased: a scan finds',
  }[state];
  const when = (ms: number | null) =>
    ms === null ? 'until somebody removes it' : `until ${new Date(ms).toISOString()}`;
  const counts = (of: Record<string, number> = {}) => Object.entries(of).map(([name, n]) => `${name} ${n}`);
  return [
    said,
    ...(left.length > 0
      ? [table(left.map(({ where, count, expires_ms }) => [where, `${count}`, when(expires_ms)]))]
      : []),
    ...(deeds ? [`rows: ${counts(deeds.rows).join(', ') || 'none'}`] : []),
    ...(deeds && Object.keys(deeds.records).length > 0
      ? [`records with all before them: ${counts(deeds.records).join(', ')}`]
      : []),
    ...(deeds && deeds.snapshots.length > 0 ? [`snapshots of examples: ${deeds.snapshots.length} removed`] : []),
    ...(deeds && deeds.models.length > 0 ? [`trained on one of them: ${deeds.models.join(', ')}`] : []),
    ...(retrained ?? []).map(({ surface, started }) =>
      started
        ? `${surface} is trained anew without it: \`temper history\` tells when that serves`
        : `${surface} is retrained already, perhaps with it: \`temper retrain --surface ${surface}\` behind that`,
    ),
    ...(rebuilt ? ['all sums are made anew without it: `temper backfill --status` says how far that is'] : []),
    ...(!rebuilt && state !== 'running' && deeds?.rows.events
      ? ['sums in features of items still count it: `temper backfill --all` makes all of them anew']
      : []),
  ].join('\n');
}
