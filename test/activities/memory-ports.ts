import type { Champions } from '../../activities/ports.ts';
import type { Store } from '../../schemas/clickhouse.ts';
import type { Promotion } from '../../schemas/models.ts';
import type { Surface } from '../../schemas/ranking.ts';

/** The topic `models` as a map. `published` has every record in order. */
export class MemoryChampions implements Champions {
  readonly published: Promotion[] = [];

  async of(surface: Surface): Promise<Promotion | undefined> {
    return this.published.findLast(promotion => promotion.surface === surface);
  }

  async promote(promotion: Promotion): Promise<void> {
    this.published.push(promotion);
  }
}

/** A store that keeps inserts as ClickHouse does, a token once, and answers every query with the same rows. */
export class MemoryStore implements Store {
  readonly rows: Record<string, object[]> = {};
  /** What the next insert throws, once. */
  failure: Error | undefined;
  readonly #tokens = new Set<string>();
  readonly #answer: readonly object[];

  constructor(answer: readonly object[] = []) {
    this.#answer = answer;
  }

  async insert(table: string, rows: readonly object[], token?: string): Promise<void> {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    if (token && this.#tokens.has(token)) return;
    if (token) this.#tokens.add(token);
    this.rows[table] = [...(this.rows[table] ?? []), ...rows];
  }

  async query<Row>(): Promise<Row[]> {
    return [...this.#answer] as Row[];
  }

  async *stream<Row>(): AsyncIterable<Row[]> {
    for (let at = 0; at < this.#answer.length; at += 1_000) yield this.#answer.slice(at, at + 1_000) as Row[];
  }

  async command(): Promise<void> {}
  async stop(): Promise<void> {}
}
