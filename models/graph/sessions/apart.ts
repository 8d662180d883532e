import { Worker } from 'node:worker_threads';
import { TemperError } from '../../../schemas/errors.ts';
import type { Data, Dtype } from '../tensor.ts';
import { value } from './here.ts';
import {
  type Answer,
  type Asked,
  type Failure,
  type Fed,
  type Made,
  type Opened,
  type Ran,
  type Reply,
  viewOf,
  type Wish,
} from './messages.ts';
import type { Opening, RunTiming, Session, Source, Value } from './session.ts';

const ENTRY = new URL('./thread.mjs', import.meta.url);
/** Memory is asked for in pieces of at least this, so that one piece serves runs of many sizes. */
const LEAST_BYTES = 64 * 1024;

/** The thread's own objects are few and small; with room for more, models that were let go of would lie there for long. */
const YOUNG_MB = 1;

/** One for the model that serves, one on which the next is opened meanwhile: else lists would wait for that. */
const THREADS = 2;

/** The process's threads for sessions; there are some while sessions are open. */
const threads: Thread[] = [];

/**
 * A session on another thread, that of the fewest sessions: the caller's goes on while a model is opened or runs. A run
 * costs the caller some 30 µs, and it waits 0.1 ms longer for what comes of it.
 */
export async function openApart(open: Source, opening: Opening, timing?: RunTiming): Promise<Session> {
  const mine = leastUsed();
  const session = mine.begin();
  let opened: Opened;
  try {
    opened = (await mine.ask(session, { open, opening })) as Opened;
  } catch (error) {
    mine.end();
    throw error;
  }
  return {
    ...opened,
    async run(feeds, into = {}) {
      const fed = Object.entries(feeds).map(([name, { type, dims, data }]): Fed => {
        return { name, type: type as Dtype, dims, length: data.length, memory: mine.share(type as Dtype, data) };
      });
      try {
        const { made, held_ms } = (await mine.ask(session, { run: fed, isTimed: timing?.wanted === true })) as Ran;
        if (held_ms !== undefined) timing?.took(held_ms);
        return Object.fromEntries(made.map(each => [each.name, written(each, into[each.name])]));
      } finally {
        for (const { memory } of fed) mine.free(memory);
      }
    },
    async release() {
      await mine.ask(session, { release: true });
      mine.end();
    },
  };
}

/** All are begun at once: to load what a thread needs takes half a second, for which no promotion should wait. */
function leastUsed(): Thread {
  if (threads.length === 0) threads.push(...Array.from({ length: THREADS }, () => new Thread()));
  return threads.toSorted((a, b) => a.open - b.open)[0]!;
}

/** What the thread itself throws, and no run, nobody expects: it ends the process. */
class Thread {
  readonly #worker = new Worker(ENTRY, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  readonly #free: SharedArrayBuffer[] = [];
  #asked = 0;
  #begun = 0;
  /** Sessions that are not released. */
  open = 0;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => {
      const whose = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('answer' in reply) whose?.resolve(reply.answer);
      else whose?.reject(errorOf(reply.failure));
    });
  }

  /** @returns the number of a session that is to be opened */
  begin(): number {
    this.open++;
    return ++this.#begun;
  }

  /** A session is released, or could not be opened. With the last one of all the threads end. */
  end(): void {
    this.open--;
    if (threads.some(({ open }) => open > 0)) return;
    for (const thread of threads.splice(0)) thread.#worker.postMessage('close' satisfies Asked);
  }

  ask(session: number, wish: Wish): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++this.#asked;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, session, wish } satisfies Asked);
    });
  }

  /** A copy of the data where the thread sees it. */
  share(type: Dtype, data: Data): SharedArrayBuffer {
    const bytes = data.byteLength;
    const place = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    const [memory = new SharedArrayBuffer(Math.max(LEAST_BYTES, bytes))] = place < 0 ? [] : this.#free.splice(place, 1);
    viewOf(type, memory, data.length).set(data as never);
    return memory;
  }

  free(memory: SharedArrayBuffer): void {
    this.#free.push(memory);
  }
}

function written({ type, data, dims }: Made, into: Value | undefined): Value {
  if (!into) return value(type, data, dims);
  (into.data as Float32Array).set(data as Float32Array);
  return into;
}

function errorOf({ message, named }: Failure): Error {
  return named ? new TemperError(named.code, named.detail) : new Error(message);
}
