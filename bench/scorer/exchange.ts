import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../streams/kafka/bus.ts';
import type { BenchShop } from './shop.ts';

/** One request of an open loop. */
export interface Asked {
  /** When it was due, by `performance.now`. */
  at: number;
  /** From then until its answer was read; undefined where none came in time. */
  wait_ms: number | undefined;
  /** The beginning of the answer. */
  head: string;
}

/** Topics of those who answer. */
export interface Answerer {
  requests: string;
  answers: string;
}

export interface Exchange {
  /** So many requests a second, whatever becomes of those before. */
  ask(load: { rate: number; seconds: number }): Promise<Asked[]>;
  /** As many requests a second as are answered, where so many wait at any time; the client's own work is part of it. */
  capacity(load: { inFlight: number; seconds: number }): Promise<number>;
  stop(): Promise<void>;
}

const TICK_MS = 1;
/** After the last request. */
const PATIENCE_MS = 10_000;
/** Answers begin as `{"v":1,"id":"r17"`, and arm and model come not long behind. */
const HEAD_BYTES = 512;
const ID = /"id":"([^"]+)"/;

/** A client that asks and reads answers as a storefront does, but looks into no more of them than their ids. */
export async function openExchange(bus: Bus, { requests, answers }: Answerer, shop: BenchShop): Promise<Exchange> {
  const outbox = await bus.outbox({ linger_ms: 0 });
  const waiting = new Map<string, Asked>();
  const following = await bus.follow({
    topics: [answers],
    fromEnd: true,
    maxWait_ms: 20,
    apply: (_topic, _partition, { value }) => {
      const head = value!.toString('latin1', 0, HEAD_BYTES);
      const id = ID.exec(head)?.[1] ?? '';
      const asked = waiting.get(id);
      if (!asked) return;
      waiting.delete(id);
      asked.wait_ms = performance.now() - asked.at;
      asked.head = head;
    },
  });
  let serial = 0;
  const send = (at: number): Asked => {
    const asked: Asked = { at, wait_ms: undefined, head: '' };
    const request = { ...shop.request(serial, Date.now()), id: `${answers}-${serial++}` };
    waiting.set(request.id, asked);
    void outbox.publish(requests, { key: request.user, value: JSON.stringify(request) }).catch(() => {});
    return asked;
  };
  const settled = async () => {
    for (let waited = 0; waiting.size > 0 && waited < PATIENCE_MS; waited += 10) await sleep(10);
    waiting.clear();
  };
  return {
    async ask({ rate, seconds }) {
      const all: Asked[] = [];
      const started = performance.now();
      const count = Math.round(rate * seconds);
      while (all.length < count) {
        const due = Math.min(count, ((performance.now() - started) * rate) / 1_000);
        while (all.length < due) all.push(send(started + (all.length * 1_000) / rate));
        await sleep(TICK_MS);
      }
      await settled();
      return all;
    },
    async capacity({ inFlight, seconds }) {
      const started = performance.now();
      let sent = 0;
      while (performance.now() < started + 1_000 * seconds) {
        for (; waiting.size < inFlight; sent++) send(performance.now());
        await sleep(TICK_MS);
      }
      const answered = sent - waiting.size;
      const per_second = (1_000 * answered) / (performance.now() - started);
      await settled();
      return per_second;
    },
    async stop() {
      await following.stop();
      await outbox.stop();
    },
  };
}

export function waitsOf(asked: readonly Asked[]): number[] {
  return asked.map(({ wait_ms }) => wait_ms ?? Number.POSITIVE_INFINITY);
}
