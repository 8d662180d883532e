import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Erasing, ErasureId } from '../../schemas/erasures.ts';
import { at_ms } from '../../schemas/events.ts';
import type { Ports } from '../ports.ts';
import { noteDeeds } from './record.ts';
import { namesOf } from './subject.ts';

export const MarkErased = z.object({ erasure: ErasureId, at_ms });
export const AwaitReaders = z.object({ erasure: ErasureId, stage: z.int().nonnegative() });

const LOOK_MS = 1_000;

/** Tells the jobs that the user begins anew. Once more does no harm. @returns how many stages of readers there are */
export async function markErased(
  { store, userLogs }: Ports,
  { erasure, at_ms }: z.infer<typeof MarkErased>,
): Promise<number> {
  for (const name of await namesOf(store, erasure)) await userLogs.mark(name, `erasure-${erasure}-${at_ms}`, at_ms);
  return userLogs.stages;
}

/**
 * Waits until all jobs have read what a stage had when this began, and kept nothing of it back: then nobody makes anything
 * of it any more.
 */
export async function awaitReaders(
  { store, userLogs }: Ports,
  { erasure, stage }: z.infer<typeof AwaitReaders>,
  context: { heartbeat(details: unknown): void; cancellationSignal: AbortSignal },
): Promise<void> {
  const ends = await Promise.all((await namesOf(store, erasure)).map(name => userLogs.ends(name, stage)));
  for (;;) {
    const behind = await userLogs.behind(stage, ends.flat());
    if (behind.length === 0) return;
    context.heartbeat({ behind });
    await sleep(LOOK_MS, undefined, { signal: context.cancellationSignal });
  }
}

/** Deletes the user's records with all that lies before them in their partitions. */
export async function cutLogs({ store, userLogs }: Ports, erasing: Erasing): Promise<void> {
  for (const name of await namesOf(store, erasing.erasure)) {
    for (const [slot, records] of await userLogs.cut(name, erasing.until_ms)) {
      await noteDeeds(store, erasing.erasure, 'records', [slot], records);
    }
  }
}
