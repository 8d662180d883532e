import { blend, type Part } from '../controls/blend.ts';
import { type Alike, findAlike } from '../controls/content-neighbours.ts';
import type { Scorer } from '../controls/scorer.ts';
import { openSession, type Session, type SessionOptions, value } from '../graph/runtime.ts';
import { inParts } from '../harden/parts.ts';
import { listsOf } from '../ranker/dataset/dataset.ts';
import { HISTORY, type RankerBatch, type RankerModel } from '../ranker/model.ts';
import { top } from '../retrieval/top.ts';
import { historyFeeds } from '../sequence/ranker.ts';
import { clickLogit, clickRateOf } from './click.ts';
import { eachOnce } from './journeys.ts';
import { type BlendTables, decodeTables } from './tables.ts';
import { voicesOf } from './voices.ts';

/** A trained blend: the graph of its rankers (see `servingFile`), its items, and the tables of its other voices. */
export interface BlendFile {
  /** The ONNX file, or its path. */
  readonly model: Uint8Array | string;
  readonly items: readonly string[];
  /** See `encodeTables`. */
  readonly tables: Uint8Array;
}

/** What expects a user's next item, and orders a list by that. */
export interface NextItemModel extends RankerModel {
  /** Of all its items, in their order; this is what evaluations measure. */
  readonly scorer: Scorer;
  /**
   * The items that it expects next, best first, without those of the history.
   *
   * @param history newest first; items that it does not know are passed over
   */
  next(history: readonly string[], most: number): Promise<string[]>;
}

/** Histories that are scored at a time. */
const BATCH = 64;
/** An item that came after training gets the scores of so many that are described like it. */
const ALIKE = 10;
/** Items that came after training whose likes are remembered. */
const REMEMBERED = 10_000;

/**
 * Opens a blend for serving and for its evaluation alike.
 *
 * @throws MODEL_REFUSED where its tables or its graph are broken
 */
export async function openNextItem(file: BlendFile, options: SessionOptions = {}): Promise<NextItemModel> {
  const { items, model } = file;
  const tables = decodeTables(file.tables, items.length, 'the tables of a blend');
  const session = await openSession(model, options);
  const scorer = blendOf(session, tables, items.length);
  const places = new Map(items.map((item, place) => [item, place]));
  const strangers = new Strangers(tables.contents);
  const { click } = tables.settings;

  /** Oldest first. */
  const known = (history: readonly string[]): Int32Array =>
    Int32Array.from(eachOnce(history.flatMap(item => places.get(item) ?? []).reverse()));
  const scoresOf = async (histories: readonly Int32Array[]): Promise<Float32Array> => {
    const scores = new Float32Array(histories.length * items.length);
    await scorer.score(histories, scores);
    return scores;
  };
  /** A request asks for the scores of its history twice: to find candidates, and to order them. */
  let last: { history: string; scores: Promise<Float32Array> } | undefined;
  const scoresFor = (taken: Int32Array): Promise<Float32Array> => {
    const history = taken.join();
    if (last?.history !== history) last = { history, scores: scoresOf([taken]) };
    return last.scores;
  };

  return {
    provider: session.provider,
    scorer,
    async next(history, most) {
      const taken = known(history);
      const scores = (await scoresFor(taken)).slice();
      for (const item of taken) scores[item] = Number.NEGATIVE_INFINITY;
      return Array.from(top(scores, Math.min(most, items.length - taken.length)).documents, item => items[item]!);
    },
    async score(batch) {
      const logits = new Float32Array(batch.rows);
      const lists = [...listsOf(batch)];
      for (let start = 0; start < lists.length; start += BATCH) {
        const some = lists.slice(start, start + BATCH);
        const histories = some.map(([first]) => known(historyOf(batch, first)));
        const scores = await (histories.length === 1 ? scoresFor(histories[0]!) : scoresOf(histories));
        for (const [place, [first, end]] of some.entries()) {
          const row = scores.subarray(place * items.length, (place + 1) * items.length);
          for (let at = first; at < end; at++) {
            const item = batch.items[batch.item[at]!]!;
            const score = row[places.get(item) ?? -1] ?? strangers.score(item, batch.describe, row);
            logits[at] = clickLogit(score, clickRateOf(batch, at, click.column), click);
          }
        }
      }
      return logits;
    },
    release: () => session.release(),
  };
}

/** The blend of the rankers with the other voices; of who has no history, nothing but what many take is known. */
function blendOf(session: Session, tables: BlendTables, items: number): Scorer {
  const { length, division, weights, rules } = tables.settings;
  const voices = voicesOf(tables, rules);
  const rankers: Scorer = {
    items,
    score: async (histories, into) => {
      const feeds = historyFeeds(histories, length);
      await session.run(feeds, { score: value('float32', into, [histories.length, items]) });
    },
  };
  const named = Object.entries(voices) as [keyof typeof weights, Part][];
  const parts = [inParts({ scorer: rankers, scaled: () => {} }, division), ...named.map(([, part]) => part)];
  const whole = blend(parts, [1, ...named.map(([name]) => weights[name])]);
  return {
    items,
    score: async (histories, into) => {
      await whole.score(histories, into);
      for (const [place, history] of histories.entries()) {
        if (history.length > 0) continue;
        await voices.popular.scorer.score([history], into.subarray(place * items, (place + 1) * items));
      }
    },
  };
}

/** Scores for items that came after training: those of the items that are described like them, by their cosines. */
class Strangers {
  readonly #alike = new Map<string, Alike>();
  readonly #find: ((tokens: readonly string[]) => Alike) | undefined;

  constructor(contents: BlendTables['contents']) {
    this.#find = contents && findAlike(contents, ALIKE);
  }

  /** 0, about the mean of all scores, where nothing is like it; weak likeness counts the less. */
  score(item: string, describe: RankerBatch['describe'], scores: Float32Array): number {
    const { items, cosines } = this.#alikeOf(item, describe);
    let [sum, whole] = [0, 0];
    for (const [place, other] of items.entries()) {
      sum += cosines[place]! * scores[other]!;
      whole += cosines[place]!;
    }
    return sum / Math.max(whole, 1);
  }

  #alikeOf(item: string, describe: RankerBatch['describe']): Alike {
    const remembered = this.#alike.get(item);
    if (remembered) return remembered;
    const found = this.#find?.(describe?.(item) ?? []) ?? NOTHING;
    if (this.#alike.size >= REMEMBERED) this.#alike.clear();
    this.#alike.set(item, found);
    return found;
  }
}

const NOTHING: Alike = { items: new Int32Array(0), cosines: new Float32Array(0) };

/** The history of a row's list, newest first. */
function historyOf({ items, list, history }: RankerBatch, row: number): string[] {
  const from = list[row]! * HISTORY;
  return Array.from(history.subarray(from, from + HISTORY)).flatMap(place => (place < 0 ? [] : items[place]!));
}
