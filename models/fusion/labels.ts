import type { Column } from '../array-file.ts';
import { COLUMNS, type Dataset, UNKNOWN } from '../ranker/dataset/dataset.ts';
import type { RowColumns } from './batches.ts';
import { HEADS } from './shape.ts';

/** What each row teaches: `position` [1]; `label` and `counts` [HEADS], 0 where a label is unknown. */
export function labelColumns(dataset: Dataset): RowColumns {
  const { rows, position, weight } = dataset;
  const label = new Float32Array(rows * HEADS.length);
  const counts = new Float32Array(rows * HEADS.length);
  for (const [head, { label: name, weight: share }] of HEADS.entries()) {
    for (let row = 0; row < rows; row++) {
      const known = dataset[name][row]!;
      if (known === UNKNOWN) continue;
      label[row * HEADS.length + head] = known;
      counts[row * HEADS.length + head] = weight[row]! * share;
    }
  }
  return {
    position: { data: position, width: 1 },
    label: { data: label, width: HEADS.length },
    counts: { data: counts, width: HEADS.length },
  };
}

/** The rate of each head among the rows that know it, drawn away from 0 and 1 as by one row of either. */
export function ratesOf(dataset: Dataset): number[] {
  return HEADS.map(({ label }) => {
    const known = dataset[label].filter(each => each !== UNKNOWN);
    const happened = known.reduce((sum, each) => sum + each, 0);
    return (happened + 1) / (known.length + 2);
  });
}

/** All of a dataset that a training depends on, for the name of its run. */
export function learnedFrom(dataset: Dataset): Column[] {
  const contents = Object.values(dataset.contents).flatMap(({ vectors, present }) => [vectors, present]);
  const items = Buffer.from(JSON.stringify(dataset.items));
  return [dataset.features, ...COLUMNS.map(name => dataset[name]), dataset.history, ...contents, new Uint8Array(items)];
}
