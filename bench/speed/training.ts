import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { printResult, progress, table } from '../../cli/output.ts';
import { MODELS } from '../training/models.ts';
import { openSide, type Timed } from '../training/side.ts';

/** Samples a CPU-second, medians over the rounds; `ratio` is taken within a round. Null where PyTorch is not here. */
export interface TrainingRow {
  model: string;
  ours: number;
  torch: number | null;
  ratio: number | null;
  spread: { ours: Spread | null; torch: Spread | null; ratio: Spread | null };
  /** By the clock on the wall. */
  samples_per_second: { ours: number; torch: number | null };
}
type Spread = [least: number, most: number];

export interface TrainingOptions {
  models?: readonly string[];
  rounds?: number;
  /** For each model, side and round. */
  seconds?: number;
  /** A Python that can import torch. */
  python?: string;
}

const NAMES = MODELS.map(({ name }) => name);

/**
 * Trains by turns here and in PyTorch, each in a process of its own and on one thread. Where Python has no PyTorch, our
 * side is measured alone.
 */
export async function benchTraining({
  models = NAMES,
  rounds = 5,
  seconds = 3,
  python = 'python3',
}: TrainingOptions = {}): Promise<{ torch: string | null; rows: TrainingRow[] }> {
  const here = path.join(import.meta.dirname, '..');
  const ours = await openSide(process.execPath, ['--import', 'tsx', path.join(here, 'training/peer.ts')]);
  const torch = await openSide(python, [path.join(here, 'torch/peer.py')]).catch(withoutTorch);
  const rows: TrainingRow[] = [];
  for (const model of models) {
    const timed: { ours: Timed[]; torch: Timed[] } = { ours: [], torch: [] };
    for (let round = 0; round < rounds; round++) {
      for (const side of round % 2 ? (['torch', 'ours'] as const) : (['ours', 'torch'] as const)) {
        const trained = await (side === 'ours' ? ours : torch)?.train(model, seconds);
        if (trained) timed[side].push(trained);
      }
    }
    rows.push(rowOf(model, timed));
  }
  await Promise.all([ours.close(), torch?.close()]);
  return { torch: torch?.name ?? null, rows };
}

function withoutTorch(error: Error): undefined {
  const why = error.message.trim().split('\n').at(-1);
  progress(`PyTorch does not start (${why}), so our side is alone; --python PATH names a Python that has it.`);
}

function rowOf(model: string, { ours, torch }: { ours: readonly Timed[]; torch: readonly Timed[] }): TrainingRow {
  const perCpuSecond = ({ samples, cpu_s }: Timed) => samples / cpu_s;
  const perSecond = ({ samples, wall_s }: Timed) => samples / wall_s;
  const [here, there] = [ours.map(perCpuSecond), torch.map(perCpuSecond)];
  const ratios = there.map((each, round) => here[round]! / each);
  return {
    model,
    ours: median(here)!,
    torch: median(there),
    ratio: median(ratios),
    spread: { ours: spread(here), torch: spread(there), ratio: spread(ratios) },
    samples_per_second: { ours: median(ours.map(perSecond))!, torch: median(torch.map(perSecond)) },
  };
}

/** The middle one; the upper of two. Null where there is none. */
function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? null;
}

function spread(values: readonly number[]): Spread | null {
  return values.length ? [Math.min(...values), Math.max(...values)] : null;
}

function forPeople({ torch, rows }: { torch: string | null; rows: readonly TrainingRow[] }): string {
  const thousands = (value: number | null) => (value === null ? '' : `${(value / 1_000).toFixed(1)}K`);
  const between = (range: Spread | null, as: (value: number) => string) => (range ? range.map(as).join(' to ') : '');
  const times = (value: number) => value.toFixed(2);
  return table([
    ['SAMPLES A CPU-SECOND', 'OURS', '', torch ?? '', '', 'RATIO', ''],
    ...rows.map(({ model, ours, torch: theirs, ratio, spread: ranges }) => [
      model,
      thousands(ours),
      between(ranges.ours, thousands),
      thousands(theirs),
      between(ranges.torch, thousands),
      ratio === null ? '' : times(ratio),
      between(ranges.ratio, times),
    ]),
  ]);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', multiple: true, default: NAMES },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      python: { type: 'string', default: 'python3' },
      json: { type: 'boolean' },
    },
  });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const unknown = values.model.find(name => !NAMES.includes(name));
  if (unknown !== undefined || !(rounds >= 1 && seconds > 0)) {
    progress(`expected --model among ${NAMES.join(', ')}, --rounds of at least 1 and --seconds above 0`);
    process.exitCode = 2;
    return;
  }
  const result = await benchTraining({ models: values.model, rounds, seconds, python: values.python });
  printResult(result, values.json, () => forPeople(result));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
