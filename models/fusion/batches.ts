import { type Value, value } from '../graph/runtime.ts';
import type { Batch, BatchSource } from '../graph/training/batches.ts';
import type { Plan } from '../graph/training/plans.ts';
import { Numbering } from '../numbering.ts';
import { random } from '../random.ts';
import { listsOf } from '../ranker/dataset/dataset.ts';
import { HISTORY, type RankerBatch } from '../ranker/model.ts';
import { PORTS } from '../ranker/ranker.ts';
import { ITEM_PORTS, PAIR_PORTS } from './likeness.ts';
import { contentsOf, type FusionShape } from './shape.ts';
import type { Views } from './whitening.ts';

/** A number, or several of them, for each row beside what the ranker looks at. */
export type RowColumns = Readonly<Record<string, { data: Float32Array | Uint8Array; width: number }>>;

export interface BatchOptions {
  shape: Pick<FusionShape, 'features' | 'items' | 'contents'>;
  /** The row of each of the examples' items in the table of ids; 0 where it has none. */
  ids: Int32Array;
  columns?: RowColumns;
  dropout?: ModalityDropout;
  /** Each item of a batch is seen as it is or in one of these views, as the seed draws. */
  views?: { of: Views; seed: number };
}

/** Leaves out modalities of items, as if they were not known. */
export interface ModalityDropout {
  /** The share of those that are there. */
  rate: number;
  seed: number;
}

/** Draws of views are other ones than those of what is left out. */
const VIEWS = 1;

/**
 * Batches of whole lists: the rows of each, their histories, and every item of both once. A plan's order names lists,
 * by their place among those of the examples.
 */
export class ListBatches implements BatchSource {
  /** The rows of each list as [start, end). */
  readonly lists: readonly (readonly [start: number, end: number])[];
  readonly #examples: RankerBatch;
  readonly #options: BatchOptions;

  constructor(examples: RankerBatch, options: BatchOptions) {
    this.lists = [...listsOf(examples)];
    this.#examples = examples;
    this.#options = options;
  }

  *of({ order, ends }: Plan, from = 0): Iterable<Batch> {
    for (let place = from; place < ends.length; place++) {
      const lists = order.subarray(place === 0 ? 0 : ends[place - 1], ends[place]);
      const ranges = Array.from(lists, list => this.lists[list]!);
      const rows = ranges.reduce((sum, [start, end]) => sum + end - start, 0);
      yield { place, rows, feeds: { ...this.#rowFeeds(ranges, rows), ...this.#itemFeeds(ranges, rows, lists) } };
    }
  }

  #rowFeeds(ranges: readonly (readonly [number, number])[], rows: number): Record<string, Value> {
    const { features } = this.#examples;
    const columns = {
      [PORTS.features]: { data: features, width: this.#options.shape.features },
      ...this.#options.columns,
    };
    const feeds = Object.entries(columns).map(([name, { data, width }]): [string, Value] => {
      const fed = new Float32Array(rows * width);
      let at = 0;
      for (const [start, end] of ranges) {
        fed.set(data.subarray(start * width, end * width), at * width);
        at += end - start;
      }
      return [name, value('float32', fed, [rows, width])];
    });
    return Object.fromEntries(feeds);
  }

  #itemFeeds(ranges: readonly (readonly [number, number])[], rows: number, lists: Uint32Array): Record<string, Value> {
    const { item, list, history } = this.#examples;
    const known = new Numbering<number>();
    const [items, owners] = [new Int32Array(rows), new Int32Array(rows)];
    const histories = ranges.map(([start]) => list[start]! * HISTORY);
    const longest = histories.reduce((most, from) => Math.max(most, lengthOf(history, from)), 1);
    const places = new Int32Array(ranges.length * longest).fill(-1);
    let at = 0;
    for (const [owner, [start, end]] of ranges.entries()) {
      for (let row = start; row < end; row++, at++) {
        items[at] = known.of(item[row]!);
        owners[at] = owner;
      }
      const from = histories[owner]!;
      const recent = history.subarray(from, from + lengthOf(history, from));
      for (const [k, each] of recent.entries()) places[owner * longest + k] = known.of(each);
    }
    return {
      [PAIR_PORTS.item]: value('int32', items, [rows]),
      [PAIR_PORTS.list]: value('int32', owners, [rows]),
      [PAIR_PORTS.history]: value('int32', places, [ranges.length, longest]),
      ...this.#knownFeeds(known.things, lists),
    };
  }

  /** What is known of the items, as far as it is not left out. The lists of a batch draw what that is. */
  #knownFeeds(items: readonly number[], lists: Uint32Array): Record<string, Value> {
    const { shape, ids, dropout, views } = this.#options;
    const draws = views && random(views.seed, VIEWS, ...lists);
    const contents = contentsOf(shape).map(([modality, width]) => {
      const { vectors, present } = this.#examples.contents[modality] ?? {};
      const seen = [vectors, ...(views?.of[modality] ?? [])];
      const tables = items.map(() => seen[draws ? draws.below(seen.length) : 0]);
      return { modality, width, tables, there: Uint8Array.from(items, item => present?.[item] ?? 0) };
    });
    const id = Int32Array.from(items, item => ids[item]!);
    const named = Uint8Array.from(id, row => Number(row > 0));
    if (dropout) leaveOut([named, ...contents.map(({ there }) => there)], dropout.rate, random(dropout.seed, ...lists));
    const feeds = contents.flatMap(({ modality, width, tables, there }): [string, Value][] => {
      const fed = new Float32Array(items.length * width);
      for (const [place, item] of items.entries()) {
        if (there[place]) fed.set(tables[place]!.subarray(item * width, (item + 1) * width), place * width);
      }
      return [
        [modality, value('float32', fed, [items.length, width])],
        [ITEM_PORTS.present(modality), value('float32', Float32Array.from(there), [items.length, 1])],
      ];
    });
    if (shape.items === 0) return Object.fromEntries(feeds);
    const kept = id.map((row, place) => row * named[place]!);
    return { [ITEM_PORTS.id]: value('int32', kept, [items.length]), ...Object.fromEntries(feeds) };
  }
}

/**
 * Takes away a share of what is there, but never all of an item of which several modalities are there: those of which
 * one is there are then as items that are new.
 *
 * @param modalities of each, for each item, whether it is there; changed in place
 */
function leaveOut(modalities: readonly Uint8Array[], rate: number, draws: ReturnType<typeof random>): void {
  for (let item = 0; item < modalities[0]!.length; item++) {
    const there = modalities.filter(each => each[item]);
    const left = there.filter(() => draws.uniform() < rate);
    const spared = left.length === there.length && there.length > 1 ? left[draws.below(left.length)] : undefined;
    for (const each of left) each[item] = Number(each === spared);
  }
}

function lengthOf(history: Int32Array, from: number): number {
  let length = 0;
  while (length < HISTORY && history[from + length]! >= 0) length++;
  return length;
}
