import { deedsOf, treatmentOf } from '../../models/policy/deeds.ts';
import type { RankRequest, Surface } from '../../schemas/topics/ranking.ts';
import { headOf, type Settings } from './answer.ts';
import { answerLate } from './late.ts';
import { knownOf } from './memory/known.ts';
import type { Memory } from './memory/memory.ts';

/** What is popular may be so old. */
const FRESH_MS = 1_000;

interface Prepared {
  made_ms: number;
  /** As many changes of products as there had been. */
  changes: number;
  items: ReadonlySet<string>;
  /** What follows the head, up to the time that the request waited. */
  text: string;
  /** What follows that. */
  end: string;
}

/**
 * Records of lists for requests that came too late, as `answerLate` makes them. Most ask for nothing of their own, and get
 * what is popular: that part is written once a second, and at each change of a product. So a scorer that is asked for many
 * times as much as it can answer spends next to nothing on what nobody waits for.
 */
export class LateLists {
  readonly #memory: Memory;
  readonly #settings: Settings;
  readonly #prepared = new Map<string, Prepared>();

  constructor(memory: Memory, settings: Settings) {
    this.#memory = memory;
    this.#settings = settings;
  }

  recordFor(request: RankRequest, queue_ms: number, now_ms = Date.now()): string {
    const prepared = isPlain(request) ? this.#preparedFor(request, now_ms) : undefined;
    if (!prepared || this.#isMoved(request, prepared.items)) {
      return JSON.stringify(answerLate(request, this.#memory, this.#settings, queue_ms));
    }
    return `${JSON.stringify(headOf(request)).slice(0, -1)},${prepared.text}${queue_ms}${prepared.end}`;
  }

  /** Whether the user did something with one of these items for which the policy moves or removes it. */
  #isMoved(request: RankRequest, items: ReadonlySet<string>): boolean {
    const { surface, at_ms } = request;
    const recent = knownOf(request, this.#memory)?.recent ?? [];
    if (!recent.some(({ item }) => items.has(item))) return false;
    const policy = this.#settings.policies[surface];
    const deeds = deedsOf(recent, policy, at_ms);
    return [...deeds].some(([item, deed]) => items.has(item) && treatmentOf(deed, policy) !== 'keep');
  }

  #preparedFor({ surface, count }: RankRequest, now_ms: number): Prepared {
    const name = `${surface}/${count}`;
    const before = this.#prepared.get(name);
    const { changes } = this.#memory;
    if (before && before.changes === changes && Math.abs(now_ms - before.made_ms) < FRESH_MS) return before;
    const prepared = { made_ms: now_ms, changes, ...this.#prepare(surface, count, now_ms) };
    this.#prepared.set(name, prepared);
    return prepared;
  }

  /** The list of somebody of whom nothing is known. */
  #prepare(surface: Surface, count: number, at_ms: number): Pick<Prepared, 'items' | 'text' | 'end'> {
    const asked: RankRequest = { v: 1, id: '', at_ms, user: '', session: '', surface, count };
    const list = answerLate(asked, this.#memory, this.#settings, 0);
    const record = JSON.stringify(list);
    const queue = record.lastIndexOf(QUEUE) + QUEUE.length;
    const head = JSON.stringify(headOf(asked)).length; // its last brace is a comma here
    return {
      items: new Set(list.items.map(({ item }) => item)),
      text: record.slice(head, queue),
      end: record.slice(queue + 1),
    };
  }
}

const QUEUE = '"queue":';

/** Whether it asks for what is popular, and no more. */
function isPlain({ candidates, pins, exclude }: RankRequest): boolean {
  return !candidates && !pins && !exclude;
}
