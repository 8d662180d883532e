import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { trainingIn } from './places.ts';
import type { Ports } from './ports.ts';
import { Run } from './train-ranker.ts';

export const ClearTraining = z.object({ run: Run });

/** Removes what a run left on its workbench. A refused candidate can be made again from its snapshot and its seed. */
export async function clearTraining({ config }: Ports, { run }: z.infer<typeof ClearTraining>): Promise<void> {
  await rm(trainingIn(config, run), { recursive: true, force: true });
}
