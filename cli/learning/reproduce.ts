import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Reproduction, reproduce } from '../../models/registry/reproduce.ts';
import { snapshotsIn } from '../../models/registry/snapshots.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { printResult, progress, table } from '../output.ts';

/** Exit code 0 where training gave the same files again. */
export async function reproduceModel(config: Config, model: string, json: boolean | undefined): Promise<number> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'temper-reproduce-'));
  try {
    const places = { models: modelsIn(config), snapshots: snapshotsIn(config) };
    const result = await reproduce(places, model, directory, {
      onProgress: ({ epoch, epochs, loss }) =>
        progress(`epoch ${epoch} of ${epochs}: loss ${loss?.toFixed(4) ?? 'hidden'}`),
    });
    printResult(result, json, () =>
      [
        result.same ? `${model} came again, bit by bit` : `${model} did not come again`,
        ...aboutCode(result.code),
        table([
          ['FILE', 'REGISTERED', 'AGAIN'],
          ...Object.entries(result.files).map(([name, { registered, again }]) => [name, registered, again]),
        ]),
      ].join('\n'),
    );
    return result.same ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Where the code is another one than the manifest's: the bits may be others by that alone. */
export function aboutCode({ registered, again }: Reproduction['code']): string[] {
  if (registered === again) return [];
  return [`it was trained by the code ${registered}, and this time by ${again}, which may give other bits`];
}
