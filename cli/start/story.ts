import { setTimeout as sleep } from 'node:timers/promises';
import { TemperError } from '../../schemas/errors.ts';
import type { Board } from '../../streams/board.ts';
import type { Tally } from '../../test/sim/tally.ts';
import type { RetrainResult } from '../../workflows/clients/client.ts';
import { outcomeOf, retrainAndTell } from '../learning/retraining.ts';
import { explain } from '../output.ts';
import type { Stack } from '../stack/embedded.ts';

/** Lists with outcomes to collect before the first retraining; what came until then must do after the time. */
const COLLECT = { lists: 8_000, most_ms: 240_000 };
/** What was collected before a feature was added is of no use behind it, so what comes then has to do. */
const ATTEMPTS = 3;
/** Examples reach ClickHouse with the sinks' next inserts. */
const ARCHIVE_MS = 3_000;
const SWAP_MS = 10_000;
/** How long the promoted model serves before the story ends. */
const SERVE_MS = 50_000;

export interface Stage {
  stack: Stack;
  board: Board;
  tally: Tally;
  seed: number;
  signal: AbortSignal;
  /** Tells what happens now. */
  say(words: string): void;
}

export interface Told {
  before: string;
  result: RetrainResult;
  /** Who serves when the story ends. */
  after: string;
}

/** Collects examples under the first champion, retrains, and lets the promoted model serve. */
export async function collectRetrainServe(stage: Stage): Promise<Told> {
  const { board, tally, signal, say } = stage;
  let before = champion(board);
  const result = await onceThereIsEnough(async () => {
    tally.enter('before');
    await collect(stage);
    before = champion(board);
    tally.enter('during');
    return await retrain(stage, 'the first examples of the simulated shop');
  });
  if (!result.promoted || !result.model) return { before, result, after: champion(board) };

  if (!(await until(() => champion(board) === result.model, SWAP_MS, signal))) {
    throw new TemperError('TIMED_OUT', {
      expected: `the scorer to serve ${result.model} within ${SWAP_MS} ms`,
      got: `${champion(board)} ${board.note('scorer', 'refused_model') ?? ''}`,
    });
  }
  tally.enter('after');
  say(`${result.model} serves`);
  await sleep(SERVE_MS, undefined, { signal });
  return { before, result, after: champion(board) };
}

/** Tries something that learns again where there was too little to learn from, and no more than some times. */
export async function onceThereIsEnough<T>(attempt: () => Promise<T>, most = ATTEMPTS): Promise<T> {
  for (let past = 1; ; past++) {
    try {
      return await attempt();
    } catch (error) {
      const isTooLittle = error instanceof TemperError && error.code === 'DATA_INSUFFICIENT';
      if (!isTooLittle || past === most) throw error;
    }
  }
}

async function collect({ board, signal, say }: Stage): Promise<void> {
  say('collecting examples');
  const examples = () => board.count('outcomes', 'examples');
  const before = examples();
  await until(() => examples() - before >= COLLECT.lists, COLLECT.most_ms, signal);
  await sleep(ARCHIVE_MS, undefined, { signal });
}

/** The story, and a retraining again and again behind it, for as long as the shop is open. */
export async function keepRetraining(stage: Stage, every_ms: number): Promise<never> {
  await orTold(stage, () => collectRetrainServe(stage));
  for (;;) {
    await sleep(every_ms, undefined, { signal: stage.signal });
    await orTold(stage, () => retrain(stage, 'every ten minutes'));
  }
}

/** Where a retraining fails, or a scorer is late, that is told, and the shop goes on. */
export async function orTold(
  { signal, say }: Pick<Stage, 'signal' | 'say'>,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    say(`the retraining failed: ${explain(error)}`);
  }
}

/** Retrains on all examples so far, and tells each step and how it ended. What waits for it ends by itself after the signal. */
async function retrain({ stack, seed, signal, say }: Stage, reason: string): Promise<RetrainResult> {
  const work = retrainAndTell(stack.config, { surface: 'home', seed, reason }, say, signal);
  const result = await Promise.race([work, rejectOn(signal)]);
  say(outcomeOf(result));
  return result;
}

function champion(board: Board): string {
  return board.note('scorer', 'champion') ?? 'none';
}

async function until(holds: () => boolean, most_ms: number, signal: AbortSignal): Promise<boolean> {
  for (const end_ms = Date.now() + most_ms; Date.now() < end_ms; await sleep(100, undefined, { signal })) {
    if (holds()) return true;
  }
  return holds();
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
