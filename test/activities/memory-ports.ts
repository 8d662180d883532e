import { isDeepStrictEqual } from 'node:util';
import type { Champions } from '../../activities/ports.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import type { Promotion } from '../../schemas/models/models.ts';
import type { Trial, TrialEnd } from '../../schemas/models/trials.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';

/** The topic `models` as a map. `published` has every record in order. */
export class MemoryChampions implements Champions {
  readonly published: Promotion[] = [];

  async of(surface: Surface): Promise<Promotion | undefined> {
    return this.published.findLast(promotion => promotion.surface === surface);
  }

  async promote(promotion: Promotion): Promise<void> {
    this.published.push(promotion);
  }

  readonly trials: (Trial | TrialEnd)[] = [];

  async trialOn(): Promise<Trial | undefined> {
    const last = this.trials.at(-1);
    return last && 'ended' in last ? undefined : last;
  }

  async setTrial(trial: Trial): Promise<void> {
    this.trials.push(trial);
  }

  async endTrial(end: TrialEnd): Promise<void> {
    this.trials.push(end);
  }
}

/** The rows of each table. */
export type Answers = Readonly<Record<string, readonly object[]>>;

/** A store that keeps what is inserted, a row of `promotions` once, and answers each query on a table with the same rows. */
export class MemoryStore implements RowStore {
  readonly rows: Record<string, object[]> = {};
  /** What the next insert throws, once. */
  failure: Error | undefined;
  readonly #answers: Answers;

  constructor(answers: Answers = {}) {
    this.#answers = answers;
  }

  async insert(table: string, rows: readonly object[]): Promise<void> {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    const there = this.rows[table] ?? [];
    const isThere = (row: object) => table === 'promotions' && there.some(other => isDeepStrictEqual(other, row));
    this.rows[table] = [...there, ...rows.filter(row => !isThere(row))];
  }

  async query<Row>(sql: string): Promise<Row[]> {
    return [...this.#answerTo(sql)] as Row[];
  }

  async *stream<Row>(sql: string): AsyncIterable<Row[]> {
    const rows = this.#answerTo(sql);
    for (let at = 0; at < rows.length; at += 1_000) yield rows.slice(at, at + 1_000) as Row[];
  }

  #answerTo(sql: string): readonly object[] {
    return this.#answers[/FROM (\w+)/.exec(sql)?.[1] ?? ''] ?? [];
  }

  async command(): Promise<void> {}
  async stop(): Promise<void> {}
}
