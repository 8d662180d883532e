import { PAIR_PORTS } from '../../../models/fusion/likeness.ts';
import { decode } from '../../../models/graph/file/decode.ts';
import { mul, reshape, sum } from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession } from '../../../models/graph/runtime.ts';
import { input } from '../../../models/graph/tensor.ts';
import type { Dataset } from '../../../models/ranker/dataset/dataset.ts';
import type { Served } from '../shop/rankers.ts';

/**
 * Of some items the directions in which the vectors of their pictures have to go to be scored the highest: gradients of
 * the ranker, summed over the lists that they stand on.
 */
export async function liftingDirections(
  { model, fed }: Served,
  examples: Dataset,
  owned: ReadonlySet<number>,
): Promise<Map<number, Float32Array>> {
  const { score } = decode(model, 'the ranker that is attacked').outputs;
  const wanted = { ...examples, clicked: Uint8Array.from(examples.item, item => Number(owned.has(item))) };
  const lifted = sum(mul(reshape(score!, [-1, 1]), input('clicked', 'float32', ['N', 1])));
  const image = graphOf({ lifted }).inputs.find(({ origin }) => origin.kind === 'input' && origin.name === 'image')!;
  const session = await openSession(graphOf({ slope: gradients(lifted, [image])[0]! }));
  const found = new Map<number, Float32Array>();
  try {
    let row = 0;
    for (const { rows, feeds } of fed(wanted)!) {
      const places = feeds[PAIR_PORTS.item]!.data as Int32Array;
      const slope = (await session.run(feeds)).slope!;
      const width = Number(image.shape[1]);
      const seen = new Set<number>();
      for (const [n, place] of places.entries()) {
        const item = examples.item[row + n]!;
        if (!owned.has(item) || seen.has(item)) continue;
        seen.add(item);
        const way = found.get(item) ?? new Float32Array(width);
        for (let k = 0; k < width; k++) way[k]! += (slope.data as Float32Array)[place * width + k]!;
        found.set(item, way);
      }
      row += rows;
    }
    return found;
  } finally {
    await session.release();
  }
}
