import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { keysIn } from '../../../../../models/registry/keys.ts';
import { modelsIn } from '../../../../../models/registry/store/place.ts';
import { openChampions } from '../../../../../streams/champions.ts';
import type { Room } from '../../../suite.ts';
import { TRIAL } from './tried.ts';

/** What lies about that should not, or lacks. */
export async function leftBehind({ stack }: Room, expected: { models: number; snapshots: number }): Promise<string[]> {
  const { config } = stack;
  const namesIn = (directory: string) => readdir(directory).catch(() => [] as string[]);
  const models = (await namesIn(modelsIn(config).where)).filter(name => !name.startsWith('.'));
  const snapshots = (await namesIn(path.join(config.dataDir, 'snapshots'))).filter(name => name.endsWith('.dataset'));
  const workbenches = await namesIn(path.join(config.dataDir, 'training'));
  return [
    ...(models.length === expected.models ? [] : [`models: ${models.join(', ')}`]),
    ...(snapshots.length === expected.snapshots ? [] : [`snapshots: ${snapshots.join(', ')}`]),
    ...(workbenches.length === 0 ? [] : [`${workbenches.length} workbenches`]),
  ];
}

/** Each stage of the trial stands once in the history, and its end once; nobody is on trial any more. */
export async function trialsTold({ stack }: Room): Promise<string[]> {
  const rows = await stack.store.query<{ kind: string; stage: string }>(
    "SELECT kind, stage FROM promotions FINAL WHERE surface = 'home' AND kind LIKE 'trial%' ORDER BY at, kind",
  );
  const [stages, ends] = ['trial', 'trial ended'].map(kind => rows.filter(row => row.kind === kind));
  const champions = await openChampions(stack.bus, keysIn(stack.config));
  const on = await champions.trialOn('home');
  await champions.stop();
  return [
    ...(stages!.length === TRIAL.length
      ? []
      : [`stages in the history: ${stages!.map(({ stage }) => stage).join(', ')}`]),
    ...(ends!.length === 1 ? [] : [`${ends!.length} ends of the trial in the history`]),
    ...(on ? [`${on.model} is on trial still`] : []),
  ];
}
