import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Erasing, ErasureId } from '../../schemas/erasures.ts';
import { at_ms } from '../../schemas/topics/events.ts';
import type { Ports } from '../ports.ts';
import { noteDeeds } from './record.ts';
import { namesOf } from './subject.ts';

export const MarkErased = z.object({ erasure: ErasureId, at_ms });
export type MarkErased = z.infer<typeof MarkErased>;
export const AwaitReaders = z.object({ erasure: ErasureId, stage: z.int().nonnegative() });

const LOOK_MS = 1_000;

/** Tells the jobs that the user begins anew. Once more does no harm. @returns how many stages of readers there are */
export async function markErased({ store, userLogs }: Ports, marking: MarkErased): Promise<number> {
  await markAll({ store, userLogs }, marking);
  return userLogs.stages;
}

/**
 * Waits until all jobs have read what a stage had when this began, and kept nothing of it back: then nobody makes anything
 * of it any more.
 */
export async function awaitReaders(
  { store, userLogs }: Ports,
  { erasure, stage }: z.infer<typeof AwaitReaders>,
  context: Waiting,
): Promise<void> {
  const ends = await Promise.all((await namesOf(store, erasure)).map(name => userLogs.ends(name, stage)));
  await nobody(() => userLogs.behind(ends.flat()), context);
}

/**
 * Tells the jobs once more, at the end: what the user did while the others were waited for goes from tables, and so it must
 * not stay in his features. Waits until these have forgotten it, and their archive has whatever was on its way.
 *
 * @returns the broker's time of that: all that was recorded until then is meant
 */
export async function markAgain(
  { store, userLogs }: Pick<Ports, 'store' | 'userLogs'>,
  marking: MarkErased,
  context: Waiting,
): Promise<number> {
  const marks = await markAll({ store, userLogs }, marking);
  const ends = marks.map(({ end }) => end);
  await nobody(() => userLogs.behind(ends, 'features'), context);
  const states = await Promise.all((await namesOf(store, marking.erasure)).map(name => userLogs.snapshotEnds(name)));
  await nobody(() => userLogs.behind(states.flat()), context);
  return marks.length > 0 ? Math.max(...marks.map(({ recorded_ms }) => recorded_ms)) : marking.at_ms;
}

async function markAll({ store, userLogs }: Pick<Ports, 'store' | 'userLogs'>, { erasure, at_ms }: MarkErased) {
  const names = await namesOf(store, erasure);
  const marks = await Promise.all(names.map(name => userLogs.mark(name, `erasure-${erasure}-${at_ms}`, at_ms)));
  return marks.filter(mark => mark !== undefined);
}

interface Waiting {
  heartbeat(details: unknown): void;
  cancellationSignal: AbortSignal;
}

/** Asks until it is nobody. */
async function nobody(who: () => Promise<string[]>, context: Waiting): Promise<void> {
  for (;;) {
    const behind = await who();
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
