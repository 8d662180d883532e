import { TemperError } from '../../schemas/errors.ts';
import type { Manifest } from '../../schemas/models.ts';
import { decode } from '../graph/file/decode.ts';
import { openSession, value } from '../graph/runtime.ts';
import { type Tensor, typeOf } from '../graph/tensor.ts';
import { random } from '../random.ts';
import { PORTS } from '../ranker/ranker.ts';

/** Batches that every model has to answer with finite numbers. */
const PROBES: readonly { name: string; rows: number; feature: (random: () => number) => number }[] = [
  { name: 'a row of zeros', rows: 1, feature: () => 0 },
  { name: 'usual rows', rows: 7, feature: normal => normal() },
  { name: 'rows far out', rows: 3, feature: normal => 1e6 * normal() },
];

/**
 * Looks into a model's file as deeply as one can without trusting it: the graph, its operations and constants, its
 * inputs and outputs, and then what it answers.
 *
 * @throws MODEL_REFUSED with the reason
 */
export async function verifyModel(bytes: Uint8Array, manifest: Pick<Manifest, 'id' | 'features'>): Promise<void> {
  const where = `model ${manifest.id}`;
  const width = manifest.features.length;
  const graph = decode(bytes, where);
  requirePorts(
    where,
    'input',
    graph.inputs.map(each => [nameOf(each), each]),
    { [PORTS.features]: `float32[N, ${width}]` },
  );
  requirePorts(where, 'output', Object.entries(graph.outputs), {
    [PORTS.score]: 'float32[N]',
    [PORTS.probability]: 'float32[N]',
  });
  await requireAnswers(where, bytes, width);
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

async function requireAnswers(where: string, bytes: Uint8Array, width: number): Promise<void> {
  const session = await openSession(bytes);
  try {
    for (const [seed, { name, rows, feature }] of PROBES.entries()) {
      const draws = random(seed);
      const features = Float32Array.from({ length: rows * width }, () => feature(draws.normal));
      const answer = await session.run({ [PORTS.features]: value('float32', features, [rows, width]) });
      for (const port of [PORTS.score, PORTS.probability]) {
        const numbers = answer[port]!.data as Float32Array;
        if (numbers.length !== rows) refuse(`${where}, ${port}`, `${rows} numbers`, String(numbers.length));
        const bad = numbers.find(number => !Number.isFinite(number));
        if (bad !== undefined) refuse(`${where}, ${port} of ${name}`, 'finite numbers', String(bad));
      }
    }
  } finally {
    await session.release();
  }
}

function nameOf({ origin }: Tensor): string {
  return origin.kind === 'input' ? origin.name : '';
}

function refuse(where: string, expected: string, got: string): never {
  throw new TemperError('MODEL_REFUSED', { where, expected, got, next: 'Train it again; this file is never served' });
}
