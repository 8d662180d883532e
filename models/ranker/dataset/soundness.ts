import { TemperError } from '../../../schemas/errors.ts';
import { requireSoundJourneys } from '../../next-item/journeys.ts';
import { HISTORY } from '../model.ts';
import { COLUMNS, type Dataset } from './dataset.ts';

/**
 * Holds a dataset to what `Dataset` says.
 *
 * @throws INPUT_INVALID with the row or the item
 */
export function requireSound(dataset: Dataset, where: string): void {
  requireLengths(dataset, where);
  requireRows(dataset, where);
  requireItems(dataset, where);
  requireLanguages(dataset, where);
  if (dataset.journeys) requireSoundJourneys(dataset.journeys, `${where}, journeys`);
}

function requireLengths(dataset: Dataset, where: string): void {
  const { featureNames, rows, items, contents, features, history } = dataset;
  const lengths: [name: string, array: ArrayLike<number> | undefined, length: number][] = [
    ['features', features, rows * featureNames.length],
    ...COLUMNS.map((name): (typeof lengths)[0] => [name, dataset[name], rows]),
    ...Object.entries(contents).flatMap(([modality, { vectors, present, width }]): typeof lengths => [
      [`${modality}.vectors`, vectors, items.length * width],
      [`${modality}.present`, present, items.length],
    ]),
  ];
  for (const [name, array, length] of lengths) {
    if (array?.length !== length) refuse(`${where}, ${name}`, `${length} elements`, String(array?.length));
  }
  if (!history || history.length % HISTORY !== 0) {
    refuse(`${where}, history`, `${HISTORY} places for each list`, String(history?.length));
  }
}

function requireRows(dataset: Dataset, where: string): void {
  const { featureNames, rows, features, position, weight, item, items, list, history, at_ms } = dataset;
  const width = featureNames.length;
  const bad = features.findIndex(x => !Number.isFinite(x));
  if (bad >= 0) {
    const feature = featureNames[bad % width];
    refuse(`${where}, row ${Math.floor(bad / width)}, ${feature}`, 'a finite number', String(features[bad]));
  }
  const seen = new Set<number>();
  for (let row = 0; row < rows; row++) {
    const at = `${where}, row ${row}`;
    if (!(weight[row]! >= 0 && weight[row]! < Number.POSITIVE_INFINITY))
      refuse(at, 'a weight of 0 or more', `${weight[row]}`);
    if (!Number.isFinite(position[row])) refuse(at, 'a position', String(position[row]));
    if (!(item[row]! >= 0 && item[row]! < items.length)) refuse(at, `one of ${items.length} items`, `${item[row]}`);
    if (row > 0 && at_ms[row]! < at_ms[row - 1]!) refuse(at, 'rows in the order of time', 'an earlier one');
    if (row > 0 && list[row] === list[row - 1]) continue;
    if (seen.has(list[row]!)) refuse(at, 'the rows of a list together', `list ${list[row]} again`);
    if (!(list[row]! >= 0 && (list[row]! + 1) * HISTORY <= history.length))
      refuse(at, `one of ${history.length / HISTORY} lists`, `${list[row]}`);
    seen.add(list[row]!);
  }
}

function requireItems({ items, history, contents }: Dataset, where: string): void {
  const stranger = history.findIndex(item => !(item >= -1 && item < items.length));
  if (stranger >= 0) {
    const list = Math.floor(stranger / HISTORY);
    refuse(`${where}, history of list ${list}`, `one of ${items.length} items, or -1`, String(history[stranger]));
  }
  for (const [modality, { vectors, width }] of Object.entries(contents)) {
    const bad = vectors.findIndex(x => !Number.isFinite(x));
    if (bad < 0) continue;
    refuse(`${where}, ${modality} of ${items[Math.floor(bad / width)]}`, 'a finite number', String(vectors[bad]));
  }
}

function requireLanguages({ language, languages = [], history }: Dataset, where: string): void {
  const lists = history.length / HISTORY;
  if (!language) return;
  if (language.length !== lists) refuse(`${where}, language`, `${lists} elements`, String(language.length));
  const list = language.findIndex(place => !(place >= -1 && place < languages.length));
  if (list < 0) return;
  const expected = `one of ${languages.length} languages, or -1`;
  refuse(`${where}, language of list ${list}`, expected, String(language[list]));
}

/** @throws INPUT_INVALID */
export function refuse(
  where: string,
  expected: string,
  got: string,
  next = 'Correct whatever wrote this dataset',
): never {
  throw new TemperError('INPUT_INVALID', { where, expected, got, next });
}
