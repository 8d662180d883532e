import { random } from '../../random.ts';
import type { Dataset } from '../../ranker/dataset/dataset.ts';
import type { Contents } from '../../ranker/model.ts';

/**
 * Examples of items whose texts, pictures and videos were tampered with, as an encoder shows it: their vectors are turned
 * in a random direction and brought back to length 1.
 *
 * @param budget the length of what is added to a vector of length 1
 */
export function disturbed(examples: Dataset, budget: number, seed: number): Dataset {
  const contents = Object.entries(examples.contents).map(([modality, each], place) => {
    return [modality, turned(each, budget, random(seed, place))];
  });
  return { ...examples, contents: Object.fromEntries(contents) };
}

function turned(contents: Contents, budget: number, draws: ReturnType<typeof random>): Contents {
  const { width, present } = contents;
  const vectors = contents.vectors.slice();
  for (const [item, there] of present.entries()) {
    if (!there) continue;
    const own = vectors.subarray(item * width, (item + 1) * width);
    const noise = Float64Array.from(own, () => draws.normal());
    const length = Math.hypot(...noise);
    for (let k = 0; k < width; k++) own[k]! += (budget * noise[k]!) / length;
    const now = Math.hypot(...own);
    for (let k = 0; k < width; k++) own[k]! /= now;
  }
  return { ...contents, vectors };
}
