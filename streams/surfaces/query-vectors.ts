import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type StandingChild, startChild } from '../../models/child/standing.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { JobContext } from '../job.ts';
import type { Weights } from '../weights.ts';

export interface QueryEncoderSetup extends Pick<Config, 'providers' | 'threads'> {
  place: string;
  name: string;
}

/** A query's vector, and the encoder that made it: it can be compared with that encoder's alone. */
export interface QueryVector {
  encoder: string;
  vector: Float32Array;
}

type Child = StandingChild<string, string, Float32Array>;

/** A query whose vector was asked for, when, and what will come. */
export interface AskedVector {
  at_ms: number;
  answer: Promise<QueryVector | undefined>;
}

const CHILD = {
  entry: fileURLToPath(new URL('./encode.process.ts', import.meta.url)),
  what: 'the process that encodes queries',
};
/** An encoder that is not there, or failed, is looked for again after so long. */
const AGAIN_MS = 60_000;

/**
 * Vectors of queries, by the encoder of products' texts in a process of its own, since a run blocks its thread. What was
 * encoded is kept. Who waits does so until a limit that counts from when the query was asked for: a batch that first asks
 * for all of its queries waits once. What comes later is there for the next request with that query.
 */
export class QueryVectors {
  readonly #context: Pick<JobContext, 'config' | 'report' | 'log'>;
  readonly #weights: Weights;
  /** By query, the one asked for last at the end. */
  readonly #asked = new Map<string, AskedVector>();
  #waiting = 0;
  #child: Promise<Child | undefined> | undefined;
  #again_ms = 0;
  #stopped = false;

  /** Begins to open the encoder; until it is open, queries have no vectors. */
  constructor(context: Pick<JobContext, 'config' | 'report' | 'log'>, weights: Weights) {
    this.#context = context;
    this.#weights = weights;
    void this.#open();
  }

  /** Asks for a query's vector, without waiting for it. */
  ask(query: string): AskedVector {
    const known = this.#asked.get(query);
    this.#asked.delete(query);
    const asked = known ?? { at_ms: performance.now(), answer: this.#encode(query) };
    this.#asked.set(query, asked);
    if (this.#asked.size > LIMITS.query_vectors_kept) this.#asked.delete(this.#asked.keys().next().value!);
    return asked;
  }

  /** A query's vector; nothing where there is no encoder, or not in time. */
  async inTime({ at_ms, answer }: AskedVector): Promise<QueryVector | undefined> {
    const left_ms = Math.max(0, at_ms + LIMITS.query_vector_ms - performance.now());
    const late = new AbortController();
    const found = await Promise.race([answer, sleep(left_ms, 'late' as const, { signal: late.signal })]);
    late.abort();
    if (found !== 'late') return found;
    this.#context.report.count('late_query_vectors');
    return undefined;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const child = await this.#child?.catch(() => undefined);
    await child?.stop();
  }

  /** Never rejects. What has no vector is asked for anew the next time. */
  async #encode(query: string): Promise<QueryVector | undefined> {
    const opening = this.#open();
    if (opening && this.#waiting < LIMITS.query_vectors_waiting) {
      this.#waiting++;
      try {
        const child = await opening;
        if (child) return { encoder: child.opened, vector: await child.ask(query) };
      } catch (error) {
        this.#fail(opening, error);
      } finally {
        this.#waiting--;
      }
    }
    await undefined; // the caller keeps the answer first
    this.#asked.delete(query);
    return undefined;
  }

  #open(): Promise<Child | undefined> | undefined {
    if (!this.#child && !this.#stopped && performance.now() >= this.#again_ms) {
      this.#again_ms = performance.now() + AGAIN_MS;
      const opening = this.#begin();
      this.#child = opening;
      opening.then(
        child => !child && this.#forget(opening),
        error => this.#fail(opening, error),
      );
    }
    return this.#child;
  }

  async #begin(): Promise<Child | undefined> {
    const { config, report } = this.#context;
    const place = config.textEncoder === 'none' ? undefined : this.#weights.find(config.textEncoder);
    if (place === undefined) {
      const what =
        config.textEncoder === 'none' ? 'no encoder is configured' : `no ${config.textEncoder} on this machine yet`;
      report.note('queries', `by words alone: ${what}`);
      return undefined;
    }
    const { providers, threads } = config;
    const setup: QueryEncoderSetup = { place, name: path.basename(config.textEncoder, '.onnx'), providers, threads };
    const child = await startChild<QueryEncoderSetup, string, string, Float32Array>(CHILD, setup);
    report.note('queries', `by words and by vectors of ${child.opened}`);
    return child;
  }

  #fail(opening: Promise<Child | undefined>, error: unknown): void {
    if (this.#stopped || !this.#forget(opening)) return;
    const { report, log } = this.#context;
    report.note('queries', `by words alone: ${error instanceof Error ? error.message : error}`);
    log.warn(
      { code: 'QUERIES_BY_WORDS', err: error },
      'searches go by words alone until the encoder of queries can be opened again',
    );
    opening.then(
      child => child?.stop(),
      () => {},
    );
  }

  /** @returns false where somebody has forgotten it already */
  #forget(opening: Promise<Child | undefined>): boolean {
    if (this.#child !== opening) return false;
    this.#child = undefined;
    return true;
  }
}
