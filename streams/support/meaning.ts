import { setTimeout as sleep } from 'node:timers/promises';
import { type Nearness, OTHERS } from '../../models/support/answer/find.ts';
import { type Passage, textOf } from '../../models/support/passages/passage.ts';
import type { QueryVector, QueryVectors } from '../surfaces/query-vectors.ts';

/** How long a question waits for its vector. */
const WAIT_MS = 2_000;

interface Table {
  encoder: string;
  passages: Float32Array[];
  others: Float32Array[];
}

/** How near questions are to passages, by the encoder of queries; without one, questions go by words alone. */
export class Meaning {
  readonly #vectors: Pick<QueryVectors, 'ask'>;
  readonly #passages: readonly Passage[];
  #table: Table | undefined;
  #making: Promise<void> | undefined;

  constructor(vectors: Pick<QueryVectors, 'ask'>, passages: readonly Passage[]) {
    this.#vectors = vectors;
    this.#passages = passages;
    this.#make();
  }

  /** A question's vector; undefined where there is no encoder, or not in time. */
  async vectorOf(question: string): Promise<QueryVector | undefined> {
    const late = new AbortController();
    const asked = await Promise.race([
      this.#vectors.ask(question).answer,
      sleep(WAIT_MS, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    return asked;
  }

  /** Undefined where there is no vector, or the passages are not encoded yet. */
  async of(question: string): Promise<Nearness | undefined> {
    const asked = await this.vectorOf(question);
    if (!asked) return undefined;
    const table = this.#table;
    if (table?.encoder !== asked.encoder) {
      this.#make();
      return undefined;
    }
    const cosines = (all: readonly Float32Array[]) => Float32Array.from(all, each => cosine(each, asked.vector));
    return { passages: cosines(table.passages), others: cosines(table.others) };
  }

  /** One after the other, so that questions come in between. */
  #make(): void {
    this.#making ??= this.#encoded(this.#passages.map(textOf)).finally(() => {
      this.#making = undefined;
    });
  }

  async #encoded(texts: readonly string[]): Promise<void> {
    const vectors: Float32Array[] = [];
    let encoder: string | undefined;
    for (const text of [...texts, ...OTHERS]) {
      const made = await this.#vectors.ask(text).answer;
      if (!made || (encoder !== undefined && made.encoder !== encoder)) return; // a later question begins anew
      encoder = made.encoder;
      vectors.push(made.vector);
    }
    if (encoder === undefined) return;
    this.#table = { encoder, passages: vectors.slice(0, texts.length), others: vectors.slice(texts.length) };
  }
}

/** Of vectors of length 1. */
function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, each, place) => sum + each * b[place]!, 0);
}
