import { Numbering } from '../../models/numbering.ts';
import { type Dataset, UNKNOWN } from '../../models/ranker/dataset/dataset.ts';
import { HISTORY } from '../../models/ranker/model.ts';
import type { Arm } from '../../schemas/topics/ranking.ts';

/** A row of the table `examples`, as a snapshot reads it. */
export interface ExampleRow {
  list: string;
  at_ms: number;
  user: string;
  arm: Arm;
  position: number;
  item: string;
  propensity: number | null;
  features: number[];
  /** What the user did last, newest first. */
  history: string[];
  /** In which it was asked for, such as `pt-BR`; empty where the request did not say. */
  language: string;
  clicked: boolean;
  carted: boolean;
  purchased: boolean;
  /** Null in examples of before dismissals were joined. */
  dismissed: boolean | null;
}

const FIRST_ROWS = 4_096;

/** Collects rows, which come list by list, into the columns of a dataset; these double as they fill. */
export class DatasetBuilder {
  rows = 0;
  lists = 0;
  clicks = 0;
  purchases = 0;
  readonly #featureNames: readonly string[];
  readonly #mature_ms: number;
  readonly #users = new Numbering<string>();
  readonly #items = new Numbering<string>();
  readonly #languages = new Numbering<string>();
  readonly #history: number[] = [];
  readonly #language: number[] = [];
  #lastList: string | undefined;
  #columns: Columns;

  /** @param mature_ms carts and purchases of lists from this time on are unknown: some are still to come */
  constructor(featureNames: readonly string[], mature_ms = Number.POSITIVE_INFINITY) {
    this.#featureNames = featureNames;
    this.#mature_ms = mature_ms;
    this.#columns = columnsFor(FIRST_ROWS, featureNames.length);
  }

  add(row: ExampleRow): void {
    if (row.features.length !== this.#featureNames.length) {
      throw new RangeError(
        `${row.list}: ${row.features.length} features where ${this.#featureNames.length} are declared`,
      );
    }
    if (this.rows === this.#columns.position.length) this.#resize(2 * this.rows);
    if (row.list !== this.#lastList) this.#addList(row);

    const at = this.rows++;
    const columns = this.#columns;
    columns.features.set(row.features, at * this.#featureNames.length);
    columns.position[at] = row.position;
    columns.clicked[at] = Number(row.clicked);
    const isMature = row.at_ms < this.#mature_ms;
    columns.carted[at] = isMature ? Number(row.carted) : UNKNOWN;
    columns.purchased[at] = isMature ? Number(row.purchased) : UNKNOWN;
    columns.dismissed[at] = row.dismissed === null ? UNKNOWN : Number(row.dismissed);
    columns.weight[at] = 1;
    columns.propensity[at] = row.propensity ?? Number.NaN;
    columns.explored[at] = Number(row.arm === 'explore');
    columns.item[at] = this.#items.of(row.item);
    columns.list[at] = this.lists - 1;
    columns.user[at] = this.#users.of(row.user);
    columns.at_ms[at] = row.at_ms;
    this.clicks += Number(row.clicked);
    this.purchases += Number(row.purchased);
  }

  /** The items of rows and histories, in the order of their numbers. */
  get items(): string[] {
    return this.#items.things;
  }

  /** @param contents of the items */
  build(contents: Dataset['contents'] = {}): Dataset {
    this.#resize(this.rows);
    return {
      featureNames: [...this.#featureNames],
      rows: this.rows,
      ...this.#columns,
      items: this.items,
      history: Int32Array.from(this.#history),
      ...(this.#languages.things.length > 0 && {
        language: Int32Array.from(this.#language),
        languages: this.#languages.things,
      }),
      contents,
    };
  }

  #addList({ list, history, language }: ExampleRow): void {
    this.lists++;
    this.#lastList = list;
    this.#language.push(language === '' ? -1 : this.#languages.of(language));
    for (let place = 0; place < HISTORY; place++) {
      this.#history.push(place < history.length ? this.#items.of(history[place]!) : -1);
    }
  }

  #resize(rows: number): void {
    const larger = columnsFor(rows, this.#featureNames.length);
    for (const name of Object.keys(larger) as (keyof Columns)[]) {
      const old = this.#columns[name];
      larger[name].set(old.subarray(0, Math.min(old.length, larger[name].length)));
    }
    this.#columns = larger;
  }
}

type Columns = ReturnType<typeof columnsFor>;

function columnsFor(rows: number, features: number) {
  return {
    features: new Float32Array(rows * features),
    position: new Float32Array(rows),
    clicked: new Uint8Array(rows),
    carted: new Uint8Array(rows),
    purchased: new Uint8Array(rows),
    dismissed: new Uint8Array(rows),
    weight: new Float32Array(rows),
    propensity: new Float32Array(rows),
    explored: new Uint8Array(rows),
    item: new Int32Array(rows),
    list: new Int32Array(rows),
    user: new Int32Array(rows),
    at_ms: new Float64Array(rows),
  };
}
