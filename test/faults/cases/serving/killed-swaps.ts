import { setTimeout as sleep } from 'node:timers/promises';
import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import type { JobProcess } from '../../../job-process.ts';
import { only, round, underway } from '../../moves.ts';
import type { Room } from '../../suite.ts';
import type { ServingRoom } from './room.ts';

/** Of a swap, in their order: signature, files and hashes; the session; golden scores and warm runs; it serves, the old one goes. */
const STEPS = ['fetch', 'open', 'warm', 'serves'] as const;
type Step = (typeof STEPS)[number];
/** Large enough that each step takes some milliseconds: a model of 3 MB. */
const HIDDEN = [768, 768];
/** A step may be over when the kill comes; what it came in is told by what was said last. */
const TRIES = 20;
const WITHIN_MS = 600_000;

/**
 * kill -9 of the only scorer in each step of a swap; another one is started each time, and has to serve the model whose
 * promotion the dead one was at.
 */
export async function killInSwaps(room: Room, { plant, promote }: ServingRoom) {
  const { stack, signal, progress } = room;
  const [since_ms, hits, broken] = [Date.now(), new Map<Step, number>(), [] as string[]];
  let slowest_ms = 0;
  for (let n = 0; n < TRIES && hits.size < STEPS.length; n++) {
    const wanted = STEPS.find(step => !hits.has(step))!;
    const next = await plant(`swap-${n}`, benchRanker(n, HIDDEN)); // of each its own name: a scorer that starts reads all that was said
    const victim = only(room, 'scorer');
    await promote(next);
    const said = await untilSaid(victim, next.model, wanted, signal);
    if (!said) broken.push(`${next.model} never came to the step ${wanted}`);
    await victim.kill();
    const killed_ms = Date.now();
    const step = stepsOf(victim, next.model).at(-1);
    if (step) hits.set(step, (hits.get(step) ?? 0) + 1);
    progress(`killed in the step ${step} of a swap`);
    const after = await stack.run('scorer');
    const serves = await untilSaid(after, next.model, 'serves', signal);
    if (!serves) broken.push(`${next.model} did not serve after a kill in the step ${step}`);
    await underway(room, 50);
    slowest_ms = Math.max(slowest_ms, Date.now() - killed_ms);
  }
  for (const step of STEPS) if (!hits.has(step)) broken.push(`no scorer died in the step ${step}`);
  const swap_kills = STEPS.map(step => `${step} ${hits.get(step) ?? 0}`).join(' ');
  return { broken, since_ms, measured: { swap_kills, swap_slowest_s: round(slowest_ms / 1_000, 1) } };
}

async function untilSaid(scorer: JobProcess, model: string, step: Step, signal: AbortSignal): Promise<boolean> {
  const deadline_ms = Date.now() + WITHIN_MS;
  while (!stepsOf(scorer, model).includes(step)) {
    if (Date.now() > deadline_ms) return false;
    await sleep(1, undefined, { signal });
  }
  return true;
}

/** Steps of the model's swap that a scorer has told. */
function stepsOf(scorer: JobProcess, model: string): Step[] {
  const lines = scorer.errors().split('\n');
  const told = lines.filter(line => line.includes(`"model":"${model}"`));
  return told.flatMap(line => {
    if (line.includes('"code":"MODEL_SERVES"')) return 'serves';
    return (/"code":"MODEL_LOADING".*"detail":"(fetch|open|warm)"/.exec(line)?.[1] as Step | undefined) ?? [];
  });
}
