import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openModel } from '../../../../../models/registry/registry.ts';
import { reproduce } from '../../../../../models/registry/reproduce.ts';
import { snapshotsIn } from '../../../../../models/registry/snapshots.ts';
import { modelsIn } from '../../../../../models/registry/store/place.ts';
import { retrainResult } from '../../../../../workflows/clients/client.ts';
import { until } from '../../../moves.ts';
import type { Room } from '../../../suite.ts';
import type { WorkflowRoom } from '../room.ts';
import { type Kills, WITHIN_MS } from './kill.ts';

/** In mid-training: somebody has to go on from a checkpoint. */
export function checkpointed(workbench: string, { signal }: Pick<Room, 'signal'>): Promise<boolean> {
  return until(() => existsSync(path.join(workbench, 'checkpoint')), { within_ms: WITHIN_MS, signal });
}

/**
 * Waits for the end of a retraining whose training was interrupted: its model has to be promoted, to go on from a
 * checkpoint, and to be bit by bit what a training gives that nobody disturbs.
 *
 * @param of whose death interrupted it
 * @returns the model
 */
export async function finished(
  room: Room,
  { client }: WorkflowRoom,
  { run, of }: { run: string; of: 'worker' | 'trainer' },
  { broken, measured }: Kills,
): Promise<string | null> {
  const { promoted, model, verdict } = await retrainResult(client, 'home', run);
  if (!promoted) broken.push(`the model was not promoted${verdict.passed ? '' : ': the gates refused it'}`);
  if (model === null) return null;
  const { manifest } = await openModel(modelsIn(room.stack.config), model);
  const resumed = manifest.training?.resumed_epochs ?? 0;
  measured[`epochs_before_the_${of}_died`] = resumed;
  if (resumed === 0) broken.push(`training began anew when the ${of} had died`);
  if (!(await isAsUndisturbed(room, model))) {
    broken.push(`the training whose ${of} died gave another model than an undisturbed one`);
  }
  return model;
}

async function isAsUndisturbed({ stack, signal }: Room, model: string): Promise<boolean> {
  const { config } = stack;
  const directory = await mkdtemp(path.join(os.tmpdir(), 'temper-undisturbed-'));
  try {
    const places = { models: modelsIn(config), snapshots: snapshotsIn(config) };
    return (await reproduce(places, model, directory, { signal })).same;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
