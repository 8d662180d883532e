import { joined, shapesOf } from '../../models/adapt/adapted.ts';
import { type Encoder, readEncoder } from '../../models/encoders/encoder.ts';
import { contrast } from '../../models/encoders/fine-tune/fine-tune.ts';
import { adapt, type Method } from '../../models/encoders/fine-tune/method.ts';
import { openSession, type Value, value } from '../../models/graph/runtime.ts';
import { adamW } from '../../models/graph/training/descent/optimisers.ts';
import { ParameterVector } from '../../models/graph/training/parameters.ts';
import { createTrainer, initialState } from '../../models/graph/training/trainer.ts';
import { installWeights } from '../../services/weights/weights.ts';

// What a text costs to encode, and a step of 16 pairs to train, all texts of 32 tokens. One thread; time of processor,
// which another program on the machine disturbs less than time on the wall.
// `node --import tsx bench/encoders/speed.ts`

const LENGTH = 32;
const PAIRS = 16;
const RUNS = 12;
const METHODS: readonly Method[] = [
  { name: 'lora', rank: 8 },
  { name: 'last-layers', layers: 2 },
];

for (const name of ['all-minilm-l6-v2', 'multilingual-e5-small'] as const) {
  const encoder = await readEncoder(await installWeights(name));
  const text_ms = (await encoding(encoder)) / (2 * PAIRS);
  process.stdout.write(`${name}: ${text_ms.toFixed(2)} ms a text\n`);
  for (const method of METHODS) {
    process.stdout.write(`${name}: ${(await training(encoder, method)).toFixed(0)} ms a step of ${method.name}\n`);
  }
}

async function encoding({ graph }: Encoder): Promise<number> {
  const session = await openSession(graph, { threads: 1 });
  const { ids, mask } = texts(2 * PAIRS);
  const best = await leastOf(() => session.run({ input_ids: ids, attention_mask: mask }));
  await session.release();
  return best;
}

async function training({ graph }: Encoder, method: Method): Promise<number> {
  const adapted = adapt(graph, method, 1);
  const vector = new ParameterVector(shapesOf(adapted.parameters));
  const optimiser = adamW();
  const state = initialState(optimiser, joined(adapted.parameters));
  const trainer = await createTrainer(vector, given => contrast(adapted, given, 0.05), optimiser, state);
  const { ids, mask } = texts(PAIRS);
  const best = await leastOf(() => trainer.step({ query_ids: ids, query_mask: mask, text_ids: ids, text_mask: mask }));
  await trainer.release();
  return best;
}

function texts(count: number): { ids: Value; mask: Value } {
  const ids = BigInt64Array.from({ length: count * LENGTH }, (_, place) => BigInt(1_000 + ((place * 7_919) % 28_000)));
  const dims = [count, LENGTH];
  return { ids: value('int64', ids, dims), mask: value('int64', new BigInt64Array(ids.length).fill(1n), dims) };
}

/** The least milliseconds of processor time of some runs. */
async function leastOf(run: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < RUNS; k++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}
