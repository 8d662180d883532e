import type { Manifest } from '../../schemas/models/models.ts';
import type { Value } from '../graph/runtime.ts';
import { inOrder } from '../graph/training/plans.ts';
import { type Random, random } from '../random.ts';
import { type Contents, HISTORY, type RankerBatch } from '../ranker/model.ts';
import { ListBatches } from './batches.ts';
import { ITEM_PORTS, PAIR_PORTS } from './likeness.ts';
import { widthsOf } from './shape.ts';
import { Vocabulary } from './vocabulary.ts';

/** The inputs of a fusion ranker beside its features, as errors print their types. */
export function inputTypes(
  { contents = {} }: Pick<Manifest, 'contents'>,
  vocabulary: readonly string[],
): Record<string, string> {
  const ofContents = Object.entries(contents).flatMap(([modality, { width }]) => [
    [modality, `float32[U, ${width}]`],
    [ITEM_PORTS.present(modality), 'float32[U, 1]'],
  ]);
  return {
    [PAIR_PORTS.item]: 'int32[N]',
    [PAIR_PORTS.list]: 'int32[N]',
    [PAIR_PORTS.history]: 'int32[B, L]',
    ...(vocabulary.length > 0 && { [ITEM_PORTS.id]: 'int32[U]' }),
    ...Object.fromEntries(ofContents),
  };
}

/**
 * A batch as a fusion ranker's graph takes it, with made-up numbers for what these features do not say: of the items
 * every other one is in the vocabulary and every third has no vectors, and every other list has no history.
 *
 * @param features [rows, F]
 */
export function probeFeeds(
  { features: names, contents = {} }: Pick<Manifest, 'features' | 'contents'>,
  vocabulary: readonly string[],
  features: Float32Array,
  seed: number,
): Record<string, Value> {
  const rows = features.length / names.length;
  const items = Array.from(
    { length: rows },
    (_, item) => (item % 2 === 0 ? vocabulary[item] : undefined) ?? `\0${item}`,
  );
  const draws = random(seed);
  const batch: RankerBatch = {
    rows,
    features,
    items,
    item: Int32Array.from({ length: rows }, (_, row) => row),
    list: Int32Array.from({ length: rows }, (_, row) => row),
    history: Int32Array.from({ length: rows * HISTORY }, (_, at) =>
      Math.floor(at / HISTORY) % 2 ? draws.below(rows) : -1,
    ),
    contents: Object.fromEntries(
      Object.entries(contents).map(([modality, spec]) => [
        modality,
        { ...spec, ...vectorsOf(rows, spec.width, draws) },
      ]),
    ),
  };
  const shape = { features: names.length, items: vocabulary.length, contents: widthsOf(contents) };
  const batches = new ListBatches(batch, { shape, ids: new Vocabulary(vocabulary).rowsOf(items) });
  const [all] = batches.of(inOrder(rows, rows));
  return { ...all!.feeds };
}

function vectorsOf(items: number, width: number, draws: Random): Pick<Contents, 'vectors' | 'present'> {
  const vectors = Float32Array.from({ length: items * width }, () => draws.normal() / Math.sqrt(width));
  return { vectors, present: Uint8Array.from({ length: items }, (_, item) => Number(item % 3 > 0)) };
}
