import path from 'node:path';
import { createLogUpdate } from 'log-update';
import color from 'picocolors';
import { trainExampleInChild } from '../../models/example/child.ts';
import { EXAMPLE } from '../../models/example/dataset.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { onAskedToStop } from '../asked-to-stop.ts';
import { printResult, progress } from '../output.ts';

const STEPS_PER_EPOCH = EXAMPLE.rows / EXAMPLE.batch;
const STEPS = EXAMPLE.epochs * STEPS_PER_EPOCH;
const BARS = '▁▂▃▄▅▆▇█';
const CHART_COLUMNS = 50;

/**
 * Trains the example in a process of its own and shows its loss: redrawn on a terminal, elsewhere a line an epoch.
 * Exit code 0 where it was trained, 1 where it was stopped.
 */
export async function trainExample(config: Config, { out, json }: { out?: string; json?: boolean }): Promise<number> {
  const file = out === undefined ? undefined : path.resolve(out);
  const stop = new AbortController();
  const endListening = onAskedToStop(() => stop.abort());
  const losses: number[] = [];
  const screen = showLosses(losses);
  try {
    const { provider, steps, accuracy, seconds } = await trainExampleInChild(
      { providers: config.providers, threads: config.threads, ...(file !== undefined && { out: file }) },
      { signal: stop.signal, onProgress: seen => screen.add(seen.losses) },
    );
    screen.close();
    const result = { steps, losses, accuracy, seconds, provider, model: file ?? null };
    printResult(result, json, () =>
      [
        `${EXAMPLE.sizes.join('-')}: ${steps} steps of Adam in ${seconds.toFixed(1)} s on ${provider}`,
        `loss ${losses[0]!.toFixed(4)} at first, ${losses.at(-1)!.toFixed(4)} at last; ${(100 * accuracy).toFixed(1)} % of the examples right`,
        ...(file === undefined ? [] : [`written to ${file}`]),
      ].join('\n'),
    );
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    screen.close();
    progress(`stopped after ${losses.length} steps; nothing was written`);
    return 1;
  } finally {
    screen.close();
    endListening();
  }
}

/** @param losses filled with what comes */
function showLosses(losses: number[]): { add(seen: readonly number[]): void; close(): void } {
  if (!process.stderr.isTTY) {
    return {
      add: seen => {
        for (const loss of seen) if (losses.push(loss) % STEPS_PER_EPOCH === 0) progress(told(losses));
      },
      close: () => {},
    };
  }
  const screen = createLogUpdate(process.stderr); // standard output is for the result
  return {
    add: seen => {
      losses.push(...seen);
      screen(`${color.bold('loss')}  ${color.cyan(chart(losses))}\n${told(losses)}  ${color.dim('Ctrl-C stops it')}`);
    },
    close: () => screen.done(),
  };
}

function told(losses: readonly number[]): string {
  const epoch = Math.ceil(losses.length / STEPS_PER_EPOCH);
  return `epoch ${epoch} of ${EXAMPLE.epochs}, step ${losses.length} of ${STEPS}: loss ${losses.at(-1)!.toFixed(4)}`;
}

/** The losses from the first step to the last, as a row of bars; what is still to come is left free. */
function chart(losses: readonly number[]): string {
  const [highest, each] = [Math.max(...losses), STEPS / CHART_COLUMNS];
  const columns = Array.from({ length: Math.ceil(losses.length / each) }, (_, column) => {
    const part = losses.slice(column * each, (column + 1) * each);
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
  return columns.map(loss => BARS[Math.min(Math.floor((loss / highest) * BARS.length), BARS.length - 1)]).join('');
}
