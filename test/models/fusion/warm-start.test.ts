import { expect, it } from 'vitest';
import { fusionParameters, initialFusion, PERCEPTRON, servingFusion } from '../../../models/fusion/network.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import { type Random, random } from '../../../models/random.ts';
import { standardOf } from '../../../models/ranker/dataset/statistics.ts';
import { beginning } from '../../../models/ranker/warm-start.ts';
import { tastes } from './tastes.ts';

const train = tastes({ lists: 40, items: 8 });
const standard = standardOf(train);
const RATES = [0.3, 0.1, 0.1, 0.1];
const WIDTH = 3;
const frequencies = [1];

function fresh(items: readonly string[], seed: number, contents = {}) {
  const shape = { features: 2, hidden: [4], positions: 1, width: WIDTH, items: items.length, contents };
  return { shape, vector: fusionParameters(shape), seed, first: (draws: Random) => initialFusion(shape, RATES, draws) };
}

it('each item that was known keeps its vector, wherever its row is now, and a new one has a first one of its own', () => {
  const [was, now] = [
    ['a', 'b', 'gone', 'c'],
    ['new', 'c', 'a', 'b'],
  ] as const;
  const before = fresh(was, 1);
  const parameters = before.first(random(1));
  const graph = encode(servingFusion(before.shape, { standard, whitenings: {} }, parameters, frequencies));
  const from = {
    ...{ model: 'home-1', sha256: 'a'.repeat(64), snapshots: [], graph, items: was, contents: {} },
    ...{ features: train.featureNames, learned_until_ms: 0, kept: 1 },
  };
  const own = (contents = {}) => ({
    ...fresh(now, 2, contents),
    ...{ train, standard, frequencies, items: now, contents: {}, perceptron: { prefix: PERCEPTRON, hidden: 1 } },
  });
  const tableOf = ({ vector }: Pick<ReturnType<typeof fresh>, 'vector'>, values: Float32Array) => {
    const table = vector.views(values)['item.id']!;
    return Array.from({ length: table.length / WIDTH }, (_, row) => [
      ...table.subarray(row * WIDTH, (row + 1) * WIDTH),
    ]);
  };
  const [theirs, first] = [tableOf(before, parameters), tableOf(own(), own().first(random(2, 0xaaaaaaaa)))];
  const begun = beginning(own(), from);
  expect(begun.start).toMatchObject({ model: 'home-1' });
  expect(tableOf(own(), begun.parameters)).toEqual([theirs[0], first[1], theirs[4], theirs[1], theirs[2]]);
  const seeing = beginning({ ...own({ text: 8 }) }, from);
  expect(seeing.start).toEqual({ cold: expect.stringMatching(/^home-1 has perceptron.layer0.weight of \[4,4\], not/) });
});
