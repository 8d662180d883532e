import { TemperError } from '../../schemas/errors.ts';
import type { Manifest } from '../../schemas/models/models.ts';
import { inputTypes, probeFeeds } from '../fusion/probes.ts';
import { HEADS } from '../fusion/shape.ts';
import { decode } from '../graph/file/decode.ts';
import { openSession, type Value, value } from '../graph/runtime.ts';
import { type Tensor, typeOf } from '../graph/tensor.ts';
import { type BlendSettings, decodeTables } from '../next-item/tables.ts';
import { random } from '../random.ts';
import { PORTS } from '../ranker/ranker.ts';
import { historyFeeds } from '../sequence/ranker.ts';

/** Batches that every model has to answer with finite numbers; so many rows that what fails on one in six is seen. */
const PROBES: readonly { name: string; rows: number; feature: (random: () => number) => number }[] = [
  { name: 'a row of zeros', rows: 1, feature: () => 0 },
  { name: 'usual rows', rows: 32, feature: normal => normal() },
  { name: 'rows far out', rows: 8, feature: normal => 1e6 * normal() },
];

/** What of a manifest the graph has to agree with. */
export type Declared = Pick<Manifest, 'id' | 'kind' | 'features' | 'contents'>;

/**
 * Looks into a model's file as deeply as one can without trusting it: the graph, its operations and constants, its
 * inputs and outputs, and then what it answers.
 *
 * @param beside what of the model is not in its graph
 * @throws MODEL_REFUSED with the reason
 */
export async function verifyModel(bytes: Uint8Array, declared: Declared, beside: Beside): Promise<void> {
  const where = `model ${declared.id}`;
  const graph = decode(bytes, where);
  const { inputs, outputs, feeds, numbers = 1, most = Number.POSITIVE_INFINITY } = interfaceOf(declared, beside);
  requirePorts(
    where,
    'input',
    graph.inputs.map(each => [nameOf(each), each]),
    inputs,
  );
  requirePorts(where, 'output', Object.entries(graph.outputs), outputs);
  await requireAnswers(where, bytes, { width: declared.features.length, outputs, feeds, numbers, most });
}

interface Beside {
  /** That a fusion or sequence ranker knows by their ids. */
  items: readonly string[];
  /** Of a sequence ranker. */
  tables: Uint8Array | undefined;
}

function settingsOf({ id, features }: Declared, { items, tables = new Uint8Array() }: Beside): BlendSettings {
  const where = `model ${id}, tables`;
  if (items.length === 0 || new Set(items).size < items.length) refuse(where, 'items that differ', `${items.length}`);
  const { settings } = decodeTables(tables, items.length, where);
  const { column } = settings.click;
  if (column >= features.length) refuse(where, `a click rate among ${features.length} features`, `column ${column}`);
  return settings;
}

/** What a kind of model takes and gives, and how features become a batch of it. */
interface Interface {
  inputs: Record<string, string>;
  outputs: Record<string, string>;
  feeds(features: Float32Array, seed: number): Record<string, Value>;
  /** That each row gets from an output, 1 where it is not said. */
  numbers?: number;
  /** So many rows at a time are enough; a history is dearer than a row. */
  most?: number;
}

const MOST_HISTORIES = 7;

function interfaceOf(declared: Declared, beside: Beside): Interface {
  const { items } = beside;
  const width = declared.features.length;
  const features = { [PORTS.features]: `float32[N, ${width}]` };
  const outputs = { [PORTS.score]: 'float32[N]', [PORTS.probability]: 'float32[N]' };
  if (declared.kind === 'fusion') {
    return {
      inputs: { ...features, ...inputTypes(declared, items) },
      outputs: { ...outputs, ...Object.fromEntries(HEADS.slice(1).map(({ name }) => [name, 'float32[N]'])) },
      feeds: (rows, seed) => probeFeeds(declared, items, rows, seed),
    };
  }
  if (declared.kind === 'sequence') {
    const { length } = settingsOf(declared, beside);
    return {
      inputs: { sequence: 'int64[B, L]', places: 'int64[B]' },
      outputs: { [PORTS.score]: `float32[B, ${items.length}]` },
      feeds: (rows, seed) => historyFeeds(probeHistories(rows.length / width, items.length, seed), length),
      numbers: items.length,
      most: MOST_HISTORIES,
    };
  }
  return {
    inputs: features,
    outputs,
    feeds: rows => ({ [PORTS.features]: value('float32', rows, [rows.length / width, width]) }),
  };
}

function requirePorts(where: string, kind: string, found: [string, Tensor][], expected: Record<string, string>): void {
  const got = Object.fromEntries(found.map(([name, tensor]) => [name, typeOf(tensor)]));
  const print = (ports: Record<string, string>) =>
    Object.keys(ports)
      .sort()
      .map(name => `${name} ${ports[name]}`)
      .join(', ');
  if (print(got) !== print(expected)) refuse(where, `the ${kind}s ${print(expected)}`, print(got));
}

async function requireAnswers(
  where: string,
  bytes: Uint8Array,
  {
    width,
    outputs,
    feeds,
    numbers: each,
    most,
  }: Required<Pick<Interface, 'outputs' | 'feeds' | 'numbers' | 'most'>> & { width: number },
): Promise<void> {
  const session = await openSession(bytes);
  try {
    for (const [seed, { name, rows: wanted, feature }] of PROBES.entries()) {
      const rows = Math.min(wanted, most);
      const draws = random(seed);
      const features = Float32Array.from({ length: rows * width }, () => feature(draws.normal));
      const answer = await session.run(feeds(features, seed));
      for (const port of Object.keys(outputs)) {
        const numbers = answer[port]!.data as Float32Array;
        if (numbers.length !== rows * each) refuse(`${where}, ${port}`, `${rows * each} numbers`, `${numbers.length}`);
        const bad = numbers.find(number => !Number.isFinite(number));
        if (bad !== undefined) refuse(`${where}, ${port} of ${name}`, 'finite numbers', String(bad));
      }
    }
  } finally {
    await session.release();
  }
}

/** Histories of made-up items, the first with none. */
function probeHistories(histories: number, items: number, seed: number): Int32Array[] {
  const draws = random(seed);
  return Array.from({ length: histories }, (_, length) => Int32Array.from({ length }, () => draws.below(items)));
}

function nameOf({ origin }: Tensor): string {
  return origin.kind === 'input' ? origin.name : '';
}

function refuse(where: string, expected: string, got: string): never {
  throw new TemperError('MODEL_REFUSED', { where, expected, got, next: 'Train it again; this file is never served' });
}
