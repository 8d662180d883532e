import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../schemas/settings/config.ts';
import { followBoard } from '../../streams/board.ts';
import { openStorefront } from '../../streams/storefront.ts';
import { writeMedia } from '../../test/sim/media.ts';
import { openShop } from '../../test/sim/shop.ts';
import { Tally } from '../../test/sim/tally.ts';
import { createWorld } from '../../test/sim/world.ts';
import { onAskedToStop } from '../asked-to-stop.ts';
import { explain, printResult, progress } from '../output.ts';
import { type Stack, startStack } from '../stack/embedded.ts';
import { withoutPassword } from '../status.ts';
import { type Beside, consoleBeside } from './console-beside.ts';
import { showLive } from './live.ts';
import { collectRetrainServe, keepRetraining, type Stage } from './story.ts';
import { type Summary, summarise, tell } from './summary.ts';

export interface StartOptions {
  once?: boolean;
  shop: boolean;
  rate: number;
  seed: number;
  json?: boolean;
}

/** The simulated shop lives faster than a real one: its users decide within seconds, and the first model needs exploration. */
const SHOP_DEFAULTS = {
  TEMPER_LABEL_WINDOW_MS: '5000',
  TEMPER_PURCHASE_WINDOW_MS: '120000',
  TEMPER_EXPLORATION: '0.25',
  TEMPER_CONTROL: '0.15',
};
/** Left open, the shop shows what a model goes through; told once, the story has no time for it. */
const SHOP_TRIAL = { TEMPER_TRIAL: 'shadow:20s,canary:5%:40s,canary:25%:90s,canary:100%:15s' };
const RETRAIN_EVERY_MS = 10 * 60_000;
/** The last reports and rows are on their way. */
const SETTLE_MS = 3_000;

/** The main job. Ends on Ctrl-C, with --once by itself: 0 where every step did what it should, else 1 and the reasons. */
export async function start(options: StartOptions): Promise<number> {
  const config = readConfig(options.shop ? { ...SHOP_DEFAULTS, ...(options.once ? {} : SHOP_TRIAL) } : {});
  const stopping = new AbortController();
  onAskedToStop(() => stopping.abort());
  let stack: Stack | undefined;
  let beside: Beside | undefined;
  try {
    stack = await startStack(config, progress, stopping.signal);
    // Told once, the story ends before anybody has looked.
    if (!options.once) beside = consoleBeside(stack.config, progress);
    const broken = stack.failed.then(error => Promise.reject(error));
    const summary = await Promise.race([
      options.shop ? withShop(stack, beside, options, stopping.signal) : withoutShop(stack, beside, stopping.signal),
      broken,
    ]);
    if (!summary) return 0;
    printResult(summary, options.json, () => tell(summary));
    for (const reason of summary.failures) progress(`failed: ${reason}`);
    return summary.failures.length > 0 ? 1 : 0;
  } catch (error) {
    if (stopping.signal.aborted && isAbort(error)) return options.once ? 1 : 0;
    progress(`temper: ${explain(error)}`);
    return 1;
  } finally {
    progress('stopping');
    stopping.abort();
    await beside?.stop();
    await stack?.stop();
  }
}

/** Services and jobs alone, until somebody asks to stop. */
async function withoutShop(stack: Stack, beside: Beside | undefined, signal: AbortSignal): Promise<undefined> {
  const { board, stop } = await followBoard(stack.bus);
  const live = showLive({ board, workflow: () => '`temper retrain` starts one', links: () => links(stack, beside) });
  try {
    await sleep(2 ** 31 - 1, undefined, { signal });
  } finally {
    live.stop();
    await stop();
  }
}

async function withShop(
  stack: Stack,
  beside: Beside | undefined,
  { once, seed, rate }: StartOptions,
  signal: AbortSignal,
): Promise<Summary | undefined> {
  const world = createWorld({ seed });
  progress(`drawing the pictures of ${world.items.length} products`);
  await writeMedia(world.items, stack.config.media, seed);
  const { board, stop: stopBoard } = await followBoard(stack.bus);
  const storefront = await openStorefront(stack.bus);
  const tally = new Tally('before');
  let words = '';
  const say = (text: string) => {
    if (text !== words && !process.stderr.isTTY) progress(text);
    words = text;
  };
  const stage: Stage = { stack, board, tally, seed, signal, say };
  const live = showLive({ board, tally, workflow: () => words, links: () => links(stack, beside) });
  const closing = new AbortController();
  const shop = openShop({
    storefront,
    world,
    seed,
    listsPerSecond: rate,
    signal: closing.signal,
    tally,
  });
  const shopFails = shop.then(() => new Promise<never>(() => {}));
  try {
    if (!once) await Promise.race([keepRetraining(stage, RETRAIN_EVERY_MS), shopFails]);
    const told = await Promise.race([collectRetrainServe(stage), shopFails]);
    closing.abort();
    await shop;
    await sleep(SETTLE_MS);
    return await summarise({ told, board, tally, store: stack.store, restarts: stack.jobs.restarts() });
  } finally {
    closing.abort();
    await shop.catch(() => {});
    live.stop();
    await storefront.stop();
    await stopBoard();
  }
}

function links({ endpoints }: Stack, beside: Beside | undefined): Record<string, string> {
  return {
    ...beside?.links,
    'workflows (Temporal UI)': endpoints.temporalUi ?? 'not configured',
    ClickHouse: withoutPassword(endpoints.clickhouse),
    Kafka: endpoints.kafka.join(', '),
    'look further': 'temper status · temper rank --user u1 · temper dead-letters list · temper graph',
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
