import { contentsOf } from '../../../models/controls/contents.ts';
import { countItems } from '../../../models/controls/popularity.ts';
import { CO_OCCURRENCE, learnRules } from '../../../models/controls/rules.ts';
import { UNDIVIDED } from '../../../models/harden/parts.ts';
import type { BlendFile } from '../../../models/next-item/model.ts';
import { type BlendTables, encodeTables } from '../../../models/next-item/tables.ts';
import { initialRanker, type RankerModel } from '../../../models/sequence/ranker.ts';
import { servingFile, type TrainedSequenceRanker } from '../../../models/sequence/serve.ts';

export const ITEMS = 12;
export const NAMES = Array.from({ length: ITEMS }, (_, item) => `item ${item}`);
/** Each item is of one of three kinds and one of two sizes. */
export const DESCRIBED = NAMES.map((_, item) => [`kind ${item % 3}`, `size ${item % 2}`]);
export const CONTENTS = contentsOf(DESCRIBED)!;
const SEQUENCES = Array.from({ length: 20 }, (_, user) =>
  Int32Array.from({ length: 3 + (user % 4) }, (_, at) => (user * user + at) % (ITEMS - 2)),
);

export const TABLES: BlendTables = {
  settings: {
    length: 6,
    division: UNDIVIDED,
    weights: { together: 2, content: 1, popular: 0.5 },
    rules: { newest: 10, decay: 0.7 },
    click: { blend: 0.5, rate: 2, bias: -1, column: 1 },
  },
  rules: learnRules(SEQUENCES, ITEMS, CO_OCCURRENCE),
  counts: countItems(SEQUENCES, ITEMS),
  contents: CONTENTS,
};

/** Two rankers with the parameters that they begin with, made large enough to tell items apart. */
export const RANKERS: readonly TrainedSequenceRanker[] = [
  rankerOf({ items: ITEMS, contents: CONTENTS }, 1),
  rankerOf({ items: ITEMS, contents: CONTENTS, temperature: 0.1 }, 2),
];

export function rankerOf(of: Omit<RankerModel, 'shape'>, weight: number): TrainedSequenceRanker {
  const model = { ...of, shape: { width: 8, length: 6, blocks: 1, heads: 2, forward: 12 } };
  return { model, parameters: initialRanker(model, 1).map(x => 3 * x), weight };
}

/** A blend as training leaves it, though nothing was trained. */
export async function blendFile(tables: BlendTables = TABLES): Promise<BlendFile & { model: Uint8Array }> {
  return { model: await servingFile(RANKERS), items: NAMES, tables: encodeTables(tables) };
}
