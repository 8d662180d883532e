import type { Dataset } from '../models/ranker/dataset.ts';
import type { Arm } from '../schemas/ranking.ts';

/** A row of the table `examples`, as a snapshot reads it. */
export interface ExampleRow {
  list: string;
  at_ms: number;
  user: string;
  arm: Arm;
  position: number;
  propensity: number | null;
  features: number[];
  clicked: boolean;
  carted: boolean;
  purchased: boolean;
}

const FIRST_ROWS = 4_096;

/** Collects rows, which come list by list, into the columns of a dataset; these double as they fill. */
export class DatasetBuilder {
  rows = 0;
  lists = 0;
  clicks = 0;
  purchases = 0;
  readonly #featureNames: readonly string[];
  readonly #users = new Map<string, number>();
  #lastList: string | undefined;
  #columns: Columns;

  constructor(featureNames: readonly string[]) {
    this.#featureNames = featureNames;
    this.#columns = columnsFor(FIRST_ROWS, featureNames.length);
  }

  add(row: ExampleRow): void {
    if (row.features.length !== this.#featureNames.length) {
      throw new RangeError(
        `${row.list}: ${row.features.length} features where ${this.#featureNames.length} are declared`,
      );
    }
    if (this.rows === this.#columns.position.length) this.#resize(2 * this.rows);
    if (row.list !== this.#lastList) this.lists++;
    this.#lastList = row.list;
    if (!this.#users.has(row.user)) this.#users.set(row.user, this.#users.size);

    const at = this.rows++;
    const columns = this.#columns;
    columns.features.set(row.features, at * this.#featureNames.length);
    columns.position[at] = row.position;
    columns.clicked[at] = Number(row.clicked);
    columns.carted[at] = Number(row.carted);
    columns.purchased[at] = Number(row.purchased);
    columns.weight[at] = 1;
    columns.propensity[at] = row.propensity ?? Number.NaN;
    columns.explored[at] = Number(row.arm === 'explore');
    columns.list[at] = this.lists - 1;
    columns.user[at] = this.#users.get(row.user)!;
    columns.at_ms[at] = row.at_ms;
    this.clicks += Number(row.clicked);
    this.purchases += Number(row.purchased);
  }

  build(): Dataset {
    this.#resize(this.rows);
    return { featureNames: [...this.#featureNames], rows: this.rows, ...this.#columns };
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
    weight: new Float32Array(rows),
    propensity: new Float32Array(rows),
    explored: new Uint8Array(rows),
    list: new Int32Array(rows),
    user: new Int32Array(rows),
    at_ms: new Float64Array(rows),
  };
}
