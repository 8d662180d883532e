import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { printResult, progress, table } from '../../cli/output.ts';
import { type Random, random } from '../../models/random.ts';
import { readPart } from '../../models/retrieval/vectors/cache.ts';
import { indexVectors } from '../../models/retrieval/vectors/exact.ts';
import { VectorIndex } from '../../models/retrieval/vectors/vector-index.ts';

/**
 * The index beside an exact search of the same vectors, in turns: what it finds of the k nearest, and the CPU time of
 * a query. Random directions are the hardest vectors that there are; products lie in groups, as the second kind does.
 * `--cache` adds vectors that an encoder made: those of a directory of `encodeOnce`, and, so that there are enough, each
 * plus a third of the difference of two others.
 */
const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '100000' },
    width: { type: 'string', default: '384' },
    k: { type: 'string', default: '200' },
    queries: { type: 'string', default: '100' },
    cache: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const GROUPS = 1_000;
const [items, width, k, queries] = [values.items, values.width, values.k, values.queries].map(Number) as [
  ...[number, number, number, number],
];

const kinds: Record<string, (draws: Random) => Float32Array> = {
  'random directions': ({ normal }) => Float32Array.from({ length: width }, normal),
  [`${GROUPS} groups`]: grouped(random(1)),
  ...(values.cache && { "an encoder's": spread(await readCache(values.cache)) }),
};
const rows = Object.entries(kinds).map(([kind, draw], n) => ({ kind, ...measure(draw, random(2, n)) }));
printResult({ items, width, k, queries, rows }, values.json, () =>
  table([
    ['VECTORS', 'RECALL', 'CPU ms, p50', 'p99', 'EXACT, p50', 'RATIO', 'us a set'],
    ...rows.map(({ kind, recall, p50_ms, p99_ms, exact_p50_ms, ratio, set_us }) => [
      ...[kind, recall.toFixed(4), p50_ms.toFixed(2), p99_ms.toFixed(2)],
      ...[exact_p50_ms.toFixed(2), ratio.toFixed(3), set_us.toFixed(0)],
    ]),
  ]),
);

function measure(draw: (draws: Random) => Float32Array, draws: Random) {
  const vectors = new Float32Array(items * width);
  const index = new VectorIndex(width);
  let set_us = 0;
  for (let item = 0; item < items; item++) {
    const vector = ofLength1(draw(draws));
    vectors.set(vector, item * width);
    set_us += cpuOf(() => index.set(`${item}`, vector)).us / items;
  }
  const exact = indexVectors(vectors, width);
  const spent: number[] = [];
  const exactly: number[] = [];
  let found = 0;
  for (let query = 0; query < queries; query++) {
    const asked = ofLength1(draw(draws));
    const { us: slow, result: best } = cpuOf(() => exact.search(asked, k));
    const { us: fast, result: nearest } = cpuOf(() => index.nearest(asked, k));
    const wanted = new Set(Array.from(best.documents, String));
    found += nearest.items.filter(item => wanted.has(item)).length;
    spent.push(fast / 1e3);
    exactly.push(slow / 1e3);
  }
  progress(`measured: ${items} items`);
  const [p50_ms, exact_p50_ms] = [quantile(spent, 0.5), quantile(exactly, 0.5)];
  const recall = found / (queries * k);
  return { recall, p50_ms, p99_ms: quantile(spent, 0.99), exact_p50_ms, ratio: p50_ms / exact_p50_ms, set_us };
}

/** CPU time, since another program's turn is none of ours. */
function cpuOf<T>(work: () => T): { us: number; result: T } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { us: user + system, result };
}

function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))]!;
}

function ofLength1(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, number) => sum + number * number, 0));
  return vector.map(number => number / length);
}

/** Around a middle each, at a distance of about two thirds of the middle's length. */
function grouped({ normal }: Random): (draws: Random) => Float32Array {
  const middles = Array.from({ length: GROUPS }, () => Float32Array.from({ length: width }, normal));
  return draws => middles[draws.below(GROUPS)]!.map(number => number + 0.65 * draws.normal());
}

function spread(rows: readonly Float32Array[]): (draws: Random) => Float32Array {
  return draws => {
    const [a, b, c] = [0, 0, 0].map(() => rows[draws.below(rows.length)]!) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    return a.map((number, at) => number + (b[at]! - c[at]!) / 3);
  };
}

async function readCache(directory: string): Promise<Float32Array[]> {
  const files = (await readdir(directory)).filter(name => name.endsWith('.vectors'));
  const parts = await Promise.all(files.map(name => readPart(path.join(directory, name))));
  return parts
    .filter(part => part.length % width === 0)
    .flatMap(part =>
      Array.from({ length: part.length / width }, (_, row) => part.subarray(row * width, (row + 1) * width)),
    );
}
