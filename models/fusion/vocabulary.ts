import type { Dataset } from '../ranker/dataset/dataset.ts';
import { HISTORY } from '../ranker/model.ts';

/** Of an item that was seen less often, no vector of its own is learned: it is known by its contents. */
const LEAST_SEEN = 3;
/** Those that were seen most often; each takes part in every step of the optimiser. */
const MOST_ITEMS = 50_000;

/** The items that get a vector of their own: what was shown in lists, and what their users had done before. */
export function vocabularyOf({ items, item, list, history }: Dataset): string[] {
  const seen = new Int32Array(items.length);
  for (const [row, shown] of item.entries()) {
    seen[shown]!++;
    if (row > 0 && list[row] === list[row - 1]) continue;
    const from = list[row]! * HISTORY;
    for (const each of history.subarray(from, from + HISTORY)) if (each >= 0) seen[each]!++;
  }
  const often = [...seen.keys()].filter(each => seen[each]! >= LEAST_SEEN);
  const most = often.sort((a, b) => seen[b]! - seen[a]! || a - b).slice(0, MOST_ITEMS);
  return most.sort((a, b) => a - b).map(each => items[each]!);
}

/** Items by their rows in the table of ids. */
export class Vocabulary {
  readonly items: readonly string[];
  readonly #rows: ReadonlyMap<string, number>;

  constructor(items: readonly string[]) {
    this.items = items;
    this.#rows = new Map(items.map((item, place) => [item, place + 1]));
  }

  /** Counted from 1; 0 for an item that has none. */
  rowsOf(items: readonly string[]): Int32Array {
    return Int32Array.from(items, item => this.#rows.get(item) ?? 0);
  }
}
